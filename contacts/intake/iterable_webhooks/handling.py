"""What Iterable's system webhooks do: the ledger, what was observed, reports of addresses. Nothing is sent because of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from contacts.consent.ledger import standings
from contacts.consent.models import AddressReport, SubscriptionChange
from contacts.consent.observing import Change, Sighting, observe
from contacts.consent.recording import lock_addresses
from contacts.intake.handling import ADDRESS_FOUND, NO_ADDRESS
from contacts.intake.iterable_webhooks.acts import acted, grants, record_acts, withdrawals
from contacts.intake.iterable_webhooks.echoes import find_echoes, moment_of
from contacts.intake.iterable_webhooks.names import ABOUT_SOMEBODY, CLICK, SUBSCRIBE, UNSUBSCRIBE, is_known
from contacts.intake.iterable_webhooks.reading import NOBODY_LANE
from contacts.intake.iterable_webhooks.reports import is_complaint, kind_of, report
from contacts.intake.iterable_webhooks.targets import Catalogue, Target, complained_target, left_targets, named_targets
from contacts.intake.people import know_by_address
from contacts.intake.resuming import give_addresses
from contacts.intake.unsubscribing import LIFTED, end_waiting
from contacts.presence import note_sights
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED, Verdict

State = Event.State

UNKNOWN = Verdict(State.SKIPPED, "unknown_webhook", "No system webhook that is known here: kept as it came, nothing follows.")
CLICKED = Verdict(
    State.SKIPPED,
    "click",
    "A click, which changes nothing: an unsubscribe comes as a webhook of its own.",
)
KEPT = Verdict(State.DONE, "", "Kept with the person: nothing follows from it.")
ECHO = Verdict(State.DONE, "echo", "The echo of our own call.")
WITHDRAWN = Verdict(State.DONE, "", "A withdrawal: in the ledger.")
NOBODYS = Verdict(
    State.REJECTED,
    "nobody",
    "A withdrawal that names nobody: no email, no userId. It is in no ledger until somebody finds out whose it is.",
)
ABOUT_NOBODY = Verdict(State.SKIPPED, "nobody", "It names nobody, so nothing follows from it.")
IN_PART = Verdict(State.DONE, "", "A withdrawal: in the ledger, less what was the echo of our own call.")
GRANTED = Verdict(State.DONE, "", "A grant by the person: in the ledger.")
OBSERVED = Verdict(
    State.DONE, "observed", "Observed, but no grant: nothing says that the person acted, and when. It lifts no withdrawal."
)
REPORTED = {
    AddressReport.Kind.HARD_BOUNCE: Verdict(State.DONE, "", "A hard bounce: noted, so that the address gets no mail."),
    AddressReport.Kind.SOFT_BOUNCE: Verdict(State.DONE, "", "A soft bounce: noted with the address."),
    AddressReport.Kind.COMPLAINT: Verdict(State.DONE, "", "A complaint: noted with the address, and a withdrawal in the ledger."),
    AddressReport.Kind.SUPPRESSED: Verdict(State.DONE, "", "Suppressed by the mail provider: noted with the address."),
}


@dataclass(frozen=True, slots=True)
class Meant:
    """One webhook about a known address: what it is about, and how much of that was our own doing."""

    event: Event
    targets: Sequence[Target]
    flag: str = ""
    echoed: frozenset[Target] = frozenset()

    @property
    def theirs(self) -> list[Target]:
        return [target for target in self.targets if target not in self.echoed]


def handle_webhooks(events: Sequence[Event]) -> list[Verdict]:
    named = [event for event in events if event.email]
    verdicts = {event.pk: _nobodys(event) for event in events if not event.email}
    verdicts |= dict.fromkeys(give_addresses([event for event in events if verdicts.get(event.pk) is NO_ADDRESS]), ADDRESS_FOUND)
    verdicts |= _carry_out(named) if named else {}
    return [verdicts[event.pk] for event in events]


def _nobodys(event: Event) -> Verdict:
    """Without an address only what is about a person waits for it."""
    if event.name in ABOUT_SOMEBODY:
        return NO_ADDRESS if event.user_id else _nameless(event)
    return _kept(event)


def _nameless(event: Event) -> Verdict:
    """Of an erased person the address was taken away, and the body with it."""
    if not event.lane.startswith(NOBODY_LANE):
        return ERASED
    return NOBODYS if event.withdrawal else ABOUT_NOBODY


def _carry_out(events: Sequence[Event]) -> dict[int, Verdict]:
    """Ledger, observations and reports of many people in a handful of queries."""
    lanes = {event.lane for event in events}
    lock_addresses(lanes)
    know_by_address({event.lane: event.email for event in events if is_known(event.name)})
    catalogue = Catalogue.load()
    meant = _with_echoes([_meant(event, catalogue) for event in events])
    record_acts([row for item in meant for row in _ledger_rows(item, catalogue)])
    note_sights({event.lane: (True, moment_of(event), "webhook") for event in events if is_known(event.name)})
    observe([sighting for item in meant if (sighting := _sighting(item))])
    report(events)
    _end_lifted([item.event.lane for item in meant if item.event.name == SUBSCRIBE])
    return {item.event.pk: _verdict(item) for item in meant}


def _meant(event: Event, catalogue: Catalogue) -> Meant:
    if event.name == UNSUBSCRIBE:
        return Meant(event, *left_targets(event, catalogue))
    if is_complaint(event):
        return Meant(event, [complained_target(event, catalogue)])
    return Meant(event, named_targets(event.payload) if event.name == SUBSCRIBE else [])


def _with_echoes(meant: Sequence[Meant]) -> list[Meant]:
    echoes: Mapping[int, Collection[Target]] = find_echoes([(item.event, item.targets) for item in meant])
    return [Meant(item.event, item.targets, item.flag, frozenset(echoes.get(item.event.pk, ()))) for item in meant]


def _ledger_rows(item: Meant, catalogue: Catalogue) -> list[SubscriptionChange]:
    if item.event.name == UNSUBSCRIBE or is_complaint(item.event):
        return withdrawals(item.event, item.theirs, catalogue)
    return grants(item.event, item.theirs, catalogue)


def _sighting(item: Meant) -> Sighting | None:
    """Only of what it names: an empty array says that nothing of the kind was touched."""
    event = item.event
    arrays = {name: tuple(event.payload.get(name, ())) for name in ("channel_ids", "message_type_ids", "list_ids")}
    if event.name not in (UNSUBSCRIBE, SUBSCRIBE) or not any(arrays.values()):
        return None
    change = Change(joined=event.name == SUBSCRIBE, **arrays)
    return Sighting(event.lane, moment_of(event), "webhook", cause_id=str(event.uuid), change=change)


def _end_lifted(lanes: Collection[str]) -> None:
    """Withdrawals from elsewhere that waited for their person to be created."""
    where = standings(lanes) if lanes else {}
    end_waiting({lane for lane, standing in where.items() if standing.lifts}, LIFTED)


def _verdict(item: Meant) -> Verdict:
    verdict = _plain_verdict(item)
    return Verdict(verdict.state, verdict.code, verdict.reason, (item.flag,) if item.flag and item.theirs else ())


def _plain_verdict(item: Meant) -> Verdict:
    event = item.event
    if item.echoed and not item.theirs:
        return ECHO
    if event.name == UNSUBSCRIBE:
        return IN_PART if item.echoed else WITHDRAWN
    if event.name == SUBSCRIBE:
        return GRANTED if item.theirs and acted(event) else OBSERVED
    kind = kind_of(event)
    return REPORTED[kind] if kind else _kept(event)


def _kept(event: Event) -> Verdict:
    if event.name == CLICK:
        return CLICKED
    return KEPT if is_known(event.name) else UNKNOWN
