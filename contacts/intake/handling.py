"""What an event does: it updates the contact, records a derived grant, and sends profile and event on, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contacts.consent.ledger import live_withdrawals
from contacts.consent.recording import record
from contacts.intake.addresses import part, settle_address
from contacts.intake.derived_grants import derived_grant
from contacts.intake.event_types import EventTypes
from contacts.intake.forwarding import steps_to_iterable
from contacts.intake.models import EventType
from contacts.intake.outgoing_form import COMPANY_SWITCH
from contacts.intake.profile_changes import apply_changes
from contacts.intake.resuming import give_addresses, release_held
from contacts.intake.work import Work
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED, Verdict
from iterable_admin.outbox.enqueueing import enqueue

State = Event.State

NO_EVENT_TYPE = Verdict(
    State.SKIPPED, "no_event_type", "No event type has this name or alias. Add one, then replay it, if it should be sent on."
)
INACTIVE = Verdict(State.SKIPPED, "event_type_inactive", "Its event type is switched off.")
NO_ADDRESS = Verdict(State.HELD, "no_address", "No address is known for this user id yet.")
PERSONAL = Verdict(State.SKIPPED, "personal_sign_up", "A personal sign-up: this event type is for companies and teams only.")
TAKEN = Verdict(
    State.NEEDS_YOU,
    "address_taken",
    "Its GitLab user is known under another address, and another GitLab user under this one. Nobody is merged and nothing sent: "
    "find out in GitLab who has the address now; replay this once the other one is known elsewhere.",
)
ADDRESS_FOUND = Verdict(State.RECEIVED, "", "The address of its user id is known now.")
SENT = Verdict(State.DONE, "", "Handed over for delivery to Iterable.")
SENT_AGAIN = Verdict(State.DONE, "", "The profile was handed over for delivery. The event was not: the one before was tracked.")
KEPT = Verdict(State.DONE, "", "Kept: events of this type are not sent on.")

NO_SWITCH = f"{COMPANY_SWITCH}: missing, not taken for a personal sign-up"


def handle_events(events: Sequence[Event]) -> list[Verdict]:
    types = EventTypes.load_with_targets()
    verdicts: dict[int, Verdict] = {}
    work: list[Work] = []
    for event in events:
        event_type = _type_of(event, types)
        verdict = _stops(event, event_type)
        if verdict is not None or event_type is None:
            verdicts[event.pk] = verdict or NO_EVENT_TYPE
        else:
            work.append(_begin(event, event_type))
    verdicts |= _carry_out(work)
    # Last, because an event beside them may just have brought the address.
    verdicts |= _find_addresses([event for event in events if verdicts[event.pk] is NO_ADDRESS])
    return [verdicts[event.pk] for event in events]


def _type_of(event: Event, types: EventTypes) -> EventType | None:
    """By the name as received too: the type may have been added since."""
    return types.named(event.payload.get("event_type") or "") or types.named(event.payload.get("event_name") or event.name)


def _stops(event: Event, event_type: EventType | None) -> Verdict | None:
    if event_type is None:
        return NO_EVENT_TYPE
    if not event_type.active:
        return INACTIVE
    if not event.email:
        return NO_ADDRESS if event.user_id else ERASED
    personal = event.payload.get("data_fields", {}).get(COMPANY_SWITCH) is False
    return PERSONAL if event_type.company_only and personal else None


def _begin(event: Event, event_type: EventType) -> Work:
    work = Work(event, event_type, dict(event.payload.get("data_fields", {})))
    if event_type.company_only and COMPANY_SWITCH not in work.fields:
        work.flags.append(NO_SWITCH)
    return work


def _find_addresses(events: Sequence[Event]) -> Mapping[int, Verdict]:
    return dict.fromkeys(give_addresses(events), ADDRESS_FOUND)


def _carry_out(work: Sequence[Work]) -> dict[int, Verdict]:
    """In turns, because what one event tells of a person's address decides where another one goes."""
    verdicts: dict[int, Verdict] = {}
    alone, together = part(work)
    for item in alone:
        verdicts |= _carry_out_turn([item]) if settle_address(item) else {item.event.pk: _stopped(item)}
    return verdicts | _carry_out_turn(together)


def _stopped(item: Work) -> Verdict:
    return Verdict(TAKEN.state, TAKEN.code, TAKEN.reason, tuple(item.flags))


def _carry_out_turn(work: Sequence[Work]) -> dict[int, Verdict]:
    """Contacts, ledger and deliveries of many people in a handful of queries."""
    if not work:
        return {}
    newly_known = apply_changes(work)
    record([row for item in work if (row := derived_grant(item.event, item.event_type)) is not None])
    enqueue(steps_to_iterable(work, live_withdrawals({item.lane for item in work})))
    release_held(newly_known)
    return {item.event.pk: _verdict(item) for item in work}


def _verdict(work: Work) -> Verdict:
    verdict = KEPT
    if work.event_type.forward:
        verdict = SENT_AGAIN if work.event.duplicate_of_id else SENT
    return Verdict(verdict.state, verdict.code, verdict.reason, tuple(work.flags))
