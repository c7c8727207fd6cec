"""Which people differ from what Iterable last accepted, and what is known about sending them. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from contacts.consent.erasing.marks import erased_among
from contacts.consent.ledger import live_withdrawals
from contacts.models import Contact
from contacts.presence import ABSENT, presence_of
from contacts.sync import reasons
from contacts.sync.classifying import Classified, Person, Refused
from contacts.sync.models import SyncRow, SyncState
from contacts.sync.outgoing import FIELD, Information, changed_fields
from contacts.sync.profiles import Profile
from iterable_admin.addresses import user_id_lane
from iterable_admin.outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class Changed:
    profile: Profile
    fields: list[str]
    present: bool | None
    """None: not known, so it is asked before anything is sent."""
    withdrawn: bool


@dataclass(slots=True)
class Compared:
    read: int
    people: list[Person]
    """All that are stored, whatever is sent."""
    refused: list[Refused]
    unchanged: int = 0
    rowless: Counter[str] = field(default_factory=Counter)
    to_send: list[Changed] = field(default_factory=list)
    absent: list[Changed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    accepted: Mapping[str, str]
    under_way: Mapping[str, str]
    presence: Mapping[str, bool]


def compare(definition_id: int, batch: Classified, run_started: datetime | None = None) -> Compared:
    """`run_started`: people stored by this very run already are a second row of their mailbox, met out of order."""
    erased = _erased(_keys(batch.people) | _keys(batch.refused)) | erased_users(batch.people)
    people = [person for person in batch.people if person.key not in erased]
    refused = [row for row in batch.refused if row.key not in erased]
    seen = _met_before({person.key for person in people}, run_started)
    fresh = [person for person in people if person.key not in seen]
    late = [_second_row(person) for person in people if person.key in seen]
    compared = Compared(batch.read, fresh, [*refused, *late])
    compared.rowless[reasons.ERASED] = len(batch.people) + len(batch.refused) - len(people) - len(refused)
    compared.rowless.update(person.skip for person in fresh if person.skip)
    sendable = [person for person in fresh if not person.skip]
    known = _known(definition_id, {person.key for person in sendable})
    differing = [person.profile for person in sendable if _differs(person.profile, known, compared)]
    for changed in weigh(definition_id, differing):
        (compared.absent if changed.present is ABSENT else compared.to_send).append(changed)
    return compared


def _erased(keys: Collection[str]) -> set[str]:
    """Also those whose contact was blanked, not removed."""
    blank = Contact.objects.filter(address_key__in=keys, email="")
    return erased_among(keys) | set(blank.values_list("address_key", flat=True))


def erased_users(people: Sequence[Person]) -> set[str]:
    """The keys of people who were erased under another address than they have now."""
    lanes = {user_id_lane(str(person.contact.gitlab_user_id)): person.key for person in people if person.contact.gitlab_user_id}
    return {lanes[lane] for lane in erased_among(lanes)}


def _met_before(keys: Collection[str], run_started: datetime | None) -> set[str]:
    if run_started is None:
        return set()
    stored = Contact.objects.filter(address_key__in=keys, in_warehouse_at=run_started)
    return set(stored.values_list("address_key", flat=True))


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


def _second_row(person: Person) -> Refused:
    words = f"{reasons.WORDS[reasons.TWO_ROWS_ONE_MAILBOX]} This one is of GitLab user {person.contact.gitlab_user_id}."
    return Refused(person.key, person.profile.email, SyncRow.State.SKIPPED, reasons.TWO_ROWS_ONE_MAILBOX, words)


def _known(definition_id: int, keys: Collection[str]) -> Known:
    accepted = SyncState.objects.filter(definition=definition_id, address_key__in=keys)
    # Oldest first: of several rows under way, the newest says what Iterable will hold.
    under_way = SyncRow.objects.filter(
        run__definition=definition_id, run__dry_run=False, state=SyncRow.State.ENQUEUED, address_key__in=keys
    ).order_by("id")
    return Known(
        dict(accepted.values_list("address_key", "fingerprint")),
        dict(under_way.values_list("address_key", "fingerprint")),
        presence(keys),
    )


def _differs(profile: Profile, known: Known, compared: Compared) -> bool:
    if known.presence.get(profile.key) is ABSENT:
        return True  # what Iterable accepted once is gone with the profile
    if (under_way := known.under_way.get(profile.key)) is not None:
        compared.rowless[reasons.ALREADY_UNDER_WAY] += under_way == profile.fingerprint
        return under_way != profile.fingerprint
    compared.unchanged += (same := known.accepted.get(profile.key) == profile.fingerprint)
    return not same


def weigh(definition_id: int, profiles: Sequence[Profile]) -> list[Changed]:
    """What has to be known before these are sent."""
    keys = [profile.key for profile in profiles]
    before = accepted_information(definition_id, keys)
    present, withdrawn = presence(keys), live_withdrawals(keys)
    return [
        Changed(
            profile,
            changed_fields(before.get(profile.key), profile.namespaces),
            present.get(profile.key),
            profile.key in withdrawn,
        )
        for profile in profiles
    ]


def presence(keys: Collection[str]) -> dict[str, bool]:
    """Of somebody whose change of address is on its way there is nothing to be known yet."""
    known = presence_of(keys)
    moving = Delivery.objects.open().filter(lane__in=known, operation=Delivery.Operation.CHANGE_ADDRESS)
    return {key: known[key] for key in known.keys() - set(moving.values_list("lane", flat=True))}


def accepted_information(definition_id: int, keys: Collection[str]) -> dict[str, list[Information]]:
    states = SyncState.objects.filter(definition=definition_id, address_key__in=keys)
    return {key: accepted.get(FIELD, []) for key, accepted in states.values_list("address_key", "accepted")}
