"""What a Marketo unsubscribe, or its reverse, does: the ledger first, then Iterable if Iterable has the person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from contacts.consent.applying import opt_ins, opt_outs
from contacts.consent.erasing.marks import erased_among
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import Standing, standings
from contacts.consent.models import SubscriptionChange
from contacts.consent.recording import record
from contacts.presence import presence_of
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED, Verdict
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, look_up
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

# The version of these rules, kept with every ledger row that they made.
POLICY = "marketo-1"

ASKING = Verdict(Event.State.HELD, "looking_up", "In the ledger. Iterable is being asked whether it has this person.")
SENT = Verdict(Event.State.DONE, "", "In the ledger, and handed over for delivery to Iterable.")
HELD = Verdict(
    Event.State.HELD,
    "not_in_iterable",
    "In the ledger. Iterable does not have this person; whatever creates them will opt them out first.",
)
CREATED = Verdict(Event.State.DONE, "", "In the ledger. Opted out in Iterable when the person was created there.")
BEATEN = Verdict(Event.State.SKIPPED, "withdrawal_stands", "In the ledger, but a withdrawal at least as new stands: it wins.")
LIFTED = Verdict(Event.State.SKIPPED, "grant_stands", "In the ledger, but a newer grant by the person stands.")
NOT_ASKED = "not_asked"
NOBODY = Verdict(Event.State.SKIPPED, "not_in_iterable", "In the ledger. Iterable does not have this person, so nothing is sent.")


def handle_unsubscribes(events: Sequence[Event]) -> list[Verdict]:
    """A withdrawal is recorded whether or not anybody knows the person; what is sent depends on who Iterable has."""
    record([_ledger_row(event) for event in events])
    lanes = {event.lane for event in events}
    where, present, erased = standings(lanes), presence_of(lanes), erased_among(lanes)
    deliveries: list[Delivery] = []
    verdicts = []
    for event in events:
        verdict, rows = (ERASED, []) if event.lane in erased else _decide(event, where[event.lane], present.get(event.lane))
        deliveries += rows
        verdicts.append(verdict)
    enqueue(deliveries)
    end_waiting({lane for lane in lanes if where[lane].lifts}, LIFTED)
    return verdicts


def _ledger_row(event: Event) -> SubscriptionChange:
    withdrawn = event.payload["unsubscribed"]
    return SubscriptionChange(
        address_key=event.lane,
        target=SubscriptionChange.Target.ALL_MARKETING,
        verdict=SubscriptionChange.Verdict.WITHDRAWN if withdrawn else SubscriptionChange.Verdict.GRANTED,
        basis=SubscriptionChange.Basis.EXPLICIT,
        occurred_at=event.occurred_at or event.received_at,
        received_at=event.received_at,
        dated_by=event.payload.get("dated_by", "receipt"),
        source=event.source.name,
        cause="event",
        cause_id=str(event.uuid),
        policy=POLICY,
    )


def _decide(event: Event, standing: Standing, present: bool | None) -> tuple[Verdict, list[Delivery]]:
    withdrawal = event.payload["unsubscribed"]
    if withdrawal and not standing.withdrawn:
        return LIFTED, []
    if not withdrawal and not standing.granted:
        return BEATEN, []
    # "Absent" is asked again: somebody may have made the profile in Iterable since.
    if not present:
        return ASKING, [look_up(event.email, _cause(event), withdrawal=withdrawal)]
    return SENT, _steps(event, withdrawal)


def _steps(event: Event, withdrawal: bool) -> list[Delivery]:
    return (opt_outs if withdrawal else opt_ins)(event.email, _cause(event))


def _cause(event: Event) -> Cause:
    return Cause("event", str(event.uuid), event.request_id)


def go_on(settled: Sequence[Settled]) -> None:
    """The settler: what a look-up found out decides the event that asked; an accepted opt-out ends those that waited."""
    found = {item.delivery.cause_id: item.result["present"] for item in settled if _answers(item)}
    for event in _asking(list(found)):
        _end(event, _answered(event, found[str(event.uuid)]))
    unasked = {item.delivery.cause_id: item.delivery.reason for item in settled if _was_not_asked(item.delivery)}
    for event in _asking(list(unasked)):
        _end(event, Verdict(Event.State.SKIPPED, NOT_ASKED, f"In the ledger. Iterable was not asked: {unasked[str(event.uuid)]}"))
    end_waiting({item.delivery.lane for item in settled if _opted_out(item.delivery)}, CREATED)


def end_waiting(lanes: Collection[str], verdict: Verdict) -> None:
    """Withdrawals that waited for their person to be created."""
    if lanes:
        waiting = Event.objects.filter(lane__in=lanes, state=Event.State.HELD, reason_code=HELD.code)
        waiting.update(**_changes(verdict))


def _was_not_asked(row: Delivery) -> bool:
    return row.operation == Delivery.Operation.LOOK_UP and row.cause == "event" and row.state == Delivery.State.SKIPPED


def _answers(item: Settled) -> bool:
    row = item.delivery
    return row.operation == Delivery.Operation.LOOK_UP and row.cause == "event" and "present" in item.result


def _asking(uuids: list[str]) -> list[Event]:
    if not uuids:
        return []
    # A look-up that was retried by hand answers late, but it answers.
    waiting = Q(state=Event.State.HELD, reason_code=ASKING.code) | Q(state=Event.State.SKIPPED, reason_code=NOT_ASKED)
    return list(Event.objects.filter(waiting, uuid__in=uuids).select_for_update(of=("self",)))


def _answered(event: Event, present: bool) -> Verdict:
    withdrawal = event.payload["unsubscribed"]
    if not present:
        return HELD if withdrawal else NOBODY
    enqueue(_steps(event, withdrawal))
    return SENT


def _opted_out(row: Delivery) -> bool:
    """Out of the channel, that is: out of a type alone, the person could still be mailed."""
    closes = row.operation == Delivery.Operation.UNSUBSCRIBE and row.payload["group"] == CHANNEL
    return (
        closes and row.payload["name"] == MARKETING_CHANNEL and row.state in (Delivery.State.DELIVERED, Delivery.State.SETTLING)
    )


def _end(event: Event, verdict: Verdict) -> None:
    Event.objects.filter(pk=event.pk).update(**_changes(verdict))


def _changes(verdict: Verdict) -> dict[str, Any]:
    ended_at = timezone.now() if verdict.state in Event.ENDED else None
    return {"state": verdict.state, "reason_code": verdict.code, "reason": verdict.reason, "ended_at": ended_at}
