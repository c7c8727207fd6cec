"""Which people differ from what Iterable last accepted, and what is known about sending them. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from contacts.consent.erasing.marks import erased_among
from contacts.consent.ledger import live_withdrawals
from contacts.models import Contact
from contacts.precedence import fields_that_events_own
from contacts.presence import ABSENT, presence_by_listing
from contacts.sync import reasons
from contacts.sync.classifying import Classified, Person, Refused
from contacts.sync.differing import changed_fields
from contacts.sync.mapping import Fields
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun, SyncState
from contacts.sync.profiles import Profile
from iterable_admin.outbox.models import Delivery

Kind = SyncRow.Kind


@dataclass(frozen=True, slots=True)
class Changed:
    profile: Profile
    kind: Kind
    before: Fields | None
    """What Iterable accepted last; None: nothing."""
    before_fingerprint: str
    present: bool | None
    """None: not known, so it is asked before anything is sent."""
    withdrawn: bool

    @property
    def words(self) -> list[str]:
        return changed_fields(self.before, self.profile.fields)

    @property
    def cleared(self) -> Fields:
        """Fields that have no value any more: Iterable keeps what a call does not name."""
        told = self.profile.fields.keys() | self.profile.left_alone
        return {name: None for name in self.before or {} if name not in told}


@dataclass(slots=True)
class Compared:
    read: int
    people: list[Person]
    """All that are stored, whatever is sent."""
    refused: list[Refused]
    states: Mapping[str, SyncState]
    unchanged: int = 0
    rowless: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, str] = field(default_factory=dict)
    """By address key, why somebody is not sent."""
    to_send: list[Changed] = field(default_factory=list)
    absent: list[Changed] = field(default_factory=list)


def compare(run: SyncRun, batch: Classified) -> Compared:
    erased = _erased(_keys(batch.people) | _keys(batch.refused)) | erased_users(batch.people, batch.refused)
    people = [person for person in batch.people if person.key not in erased]
    refused = [row for row in batch.refused if row.key not in erased]
    compared = Compared(batch.read, people, refused, states_of(run.definition, [person.key for person in people]))
    compared.rowless[reasons.ERASED] = len(batch.people) + len(batch.refused) - len(people) - len(refused)
    for person in people:
        if person.skip:
            leave(compared, person.key, person.skip)
    _weigh_the_rest(run, [person for person in people if not person.skip], compared)
    return compared


def _weigh_the_rest(run: SyncRun, people: Sequence[Person], compared: Compared) -> None:
    definition, profiles = run.definition, [person.profile for person in people]
    under_way = _under_way(run, people)
    present = presence([profile.key for profile in profiles])
    owned = fields_that_events_own()
    differing = [profile for profile in profiles if _differs(profile, present, under_way, compared, owned)]
    creates = definition.mode == SyncDefinition.Mode.UPSERT
    for changed in weigh(definition, differing, present, compared.states):
        lost = changed.present is ABSENT and not creates
        (compared.absent if lost else compared.to_send).append(changed)
        compared.outcomes[changed.profile.key] = reasons.NOT_IN_ITERABLE if lost else ""


def leave(compared: Compared, key: str, code: str) -> None:
    compared.outcomes[key] = code
    compared.rowless[code] += 1


def states_of(definition: SyncDefinition, keys: Collection[str]) -> dict[str, SyncState]:
    return {state.address_key: state for state in SyncState.objects.filter(definition=definition, address_key__among=keys)}


def _erased(keys: Collection[str]) -> set[str]:
    """Also those whose contact was blanked, not removed."""
    blank = Contact.objects.filter(address_key__among=keys, email="")
    return erased_among(keys) | set(blank.values_list("address_key", flat=True))


def erased_users(people: Sequence[Person], refused: Sequence[Refused]) -> set[str]:
    """The keys of people who were erased under another address than they have now."""
    lanes = [(person.row.user_lane, person.key) for person in people] + [(row.user_lane, row.key) for row in refused]
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for lane, key in lanes:
        if lane:
            keys[lane].add(key)
    return {key for lane in erased_among(keys) for key in keys[lane]}


def keys_of(compared: Compared) -> set[str]:
    return _keys(compared.people) | _keys(compared.refused)


def _keys(rows: Sequence[Person] | Sequence[Refused]) -> set[str]:
    return {row.key for row in rows}


def without(compared: Compared, erased: Collection[str]) -> Compared:
    """For those who were erased since they were compared."""
    people = [person for person in compared.people if person.key not in erased]
    to_send = [changed for changed in compared.to_send if changed.profile.key not in erased]
    absent = [changed for changed in compared.absent if changed.profile.key not in erased]
    refused = [row for row in compared.refused if row.key not in erased]
    gone = len(compared.refused) + len(compared.to_send) + len(compared.absent) - len(refused) - len(to_send) - len(absent)
    rowless = compared.rowless + Counter({reasons.ERASED: gone})
    return replace(compared, people=people, to_send=to_send, absent=absent, refused=refused, rowless=rowless)


def _under_way(run: SyncRun, people: Sequence[Person]) -> dict[str, str]:
    """What is on its way to Iterable: from other runs, and of this one, which meets each row once, to whom somebody followed."""
    others = SyncRun.objects.filter(definition=run.definition_id, dry_run=False).exclude(pk=run.pk).values_list("pk", flat=True)
    enqueued = SyncRow.objects.filter(state=SyncRow.State.ENQUEUED)
    by_others = enqueued.filter(run__in=list(others)).exists()
    keys = [person.key for person in people if by_others or person.key != person.row.key]
    rows = enqueued.filter(run__in=[*others, run.pk], address_key__among=keys) if keys else enqueued.none()
    # Oldest first: of several rows under way, the newest says what Iterable will hold.
    return dict(rows.order_by("id").values_list("address_key", "fingerprint"))


def _differs(
    profile: Profile, present: Mapping[str, bool], under_way: Mapping[str, str], compared: Compared, owned: Collection[str]
) -> bool:
    state, key = compared.states.get(profile.key), profile.key
    accepted = state.fingerprint if state else ""
    if (coming := under_way.get(key)) is not None:
        if coming == profile.fingerprint:
            compared.rowless[reasons.ALREADY_UNDER_WAY] += 1
        return coming != profile.fingerprint
    if present.get(key) is ABSENT:
        return bool(profile.fingerprint)  # what Iterable accepted once is gone with the profile
    if not profile.fingerprint and not accepted:
        if state and _held(state, profile, owned):
            return True  # somebody else's value, where there is to be none
        leave(compared, key, reasons.NOTHING_MAPPED)
        return False
    compared.unchanged += accepted == profile.fingerprint
    return accepted != profile.fingerprint


def weigh(
    definition: SyncDefinition, profiles: Sequence[Profile], present: Mapping[str, bool], states: Mapping[str, SyncState]
) -> list[Changed]:
    """What has to be known before these are sent."""
    withdrawn, owned = live_withdrawals([profile.key for profile in profiles]), fields_that_events_own()
    return [
        _changed(profile, states.get(profile.key), present.get(profile.key), profile.key in withdrawn, owned)
        for profile in profiles
    ]


def _changed(profile: Profile, state: SyncState | None, present: bool | None, withdrawn: bool, owned: Collection[str]) -> Changed:
    held = _held(state, profile, owned) if state and present is not ABSENT else {}
    fingerprint = state.fingerprint if state and present is not ABSENT else ""
    before = held if held or fingerprint else None
    kind = Kind.RETURNED if state and state.gone else Kind.ADDED if before is None else Kind.CHANGED
    return Changed(profile, kind, before, fingerprint, present, withdrawn)


def _held(state: SyncState, profile: Profile, owned: Collection[str]) -> Fields:
    """What Iterable has accepted. Where others wrote some of it, a field that events own and we send nothing for is theirs."""
    accepted: Fields = state.accepted
    if state.fingerprint:
        return accepted
    return {name: value for name, value in accepted.items() if name in profile.fields or name not in owned}


def stands_at(state: SyncState | None, fingerprint: str) -> bool:
    """Whether Iterable holds just this; where others wrote something since, it does not."""
    return state is not None and state.fingerprint == fingerprint and not is_overwritten(state)


def is_overwritten(state: SyncState) -> bool:
    """An event, the gateway or an operator wrote a field of the sync since."""
    return bool(state.accepted) and not state.fingerprint


def presence(keys: Collection[str]) -> dict[str, bool]:
    """Of somebody whose change of address is on its way there is nothing to be known yet."""
    known = presence_by_listing(keys)
    moving = Delivery.objects.open().filter(lane__among=known, operation=Delivery.Operation.CHANGE_ADDRESS)
    return {key: known[key] for key in known.keys() - set(moving.values_list("lane", flat=True))}
