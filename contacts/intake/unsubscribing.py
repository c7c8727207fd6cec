"""What a Marketo unsubscribe, or its reverse, does: the ledger first, then Iterable if Iterable has the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from contacts.consent.applying import opt_ins, opt_outs
from contacts.consent.ledger import Standing, record, standings
from contacts.consent.models import SubscriptionChange
from contacts.presence import presence_of
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import Verdict
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

# The version of these rules, kept with every ledger row that they made.
POLICY = "marketo-1"

ASKING = Verdict(Event.State.HELD, "looking_up", "In the ledger. Iterable is being asked whether it has this person.")
SENT = Verdict(Event.State.DONE, "", "In the ledger, and on its way to Iterable.")
HELD = Verdict(
    Event.State.HELD,
    "not_in_iterable",
    "In the ledger. Iterable does not have this person; whatever creates them will opt them out first.",
)
BEATEN = Verdict(Event.State.SKIPPED, "withdrawal_stands", "In the ledger, but a withdrawal at least as new stands: it wins.")
NOBODY = Verdict(Event.State.SKIPPED, "not_in_iterable", "In the ledger. Iterable does not have this person, so nothing is sent.")


def handle_unsubscribes(events: Sequence[Event]) -> list[Verdict]:
    """A withdrawal is recorded whether or not anybody knows the person; what is sent depends on who Iterable has."""
    record([_ledger_row(event) for event in events])
    lanes = {event.lane for event in events}
    where, present = standings(lanes), presence_of(lanes)
    deliveries: list[Delivery] = []
    verdicts = []
    for event in events:
        verdict, rows = _decide(event, where[event.lane], present.get(event.lane))
        deliveries += rows
        verdicts.append(verdict)
    enqueue(deliveries)
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
        verdict = _answered(event, found[str(event.uuid)])
        _end(event, verdict)
    applied = [item.delivery.lane for item in settled if _opted_out(item.delivery)]
    waiting = Event.objects.filter(lane__in=applied, state=Event.State.HELD, reason_code=HELD.code) if applied else None
    if waiting is not None:
        waiting.update(
            state=Event.State.DONE,
            reason_code="",
            reason="In the ledger. Opted out in Iterable when the person was created there.",
            ended_at=timezone.now(),
        )


def _answers(item: Settled) -> bool:
    row = item.delivery
    return row.operation == Delivery.Operation.LOOK_UP and row.cause == "event" and "present" in item.result


def _asking(uuids: list[str]) -> list[Event]:
    if not uuids:
        return []
    return list(Event.objects.filter(uuid__in=uuids, state=Event.State.HELD, reason_code=ASKING.code).select_for_update())


def _answered(event: Event, present: bool) -> Verdict:
    withdrawal = event.payload["unsubscribed"]
    if not present:
        return HELD if withdrawal else NOBODY
    enqueue(_steps(event, withdrawal))
    return SENT


def _opted_out(row: Delivery) -> bool:
    return row.operation == Delivery.Operation.UNSUBSCRIBE and row.state in (Delivery.State.DELIVERED, Delivery.State.SETTLING)


def _end(event: Event, verdict: Verdict) -> None:
    changes: dict[str, Any] = {"state": verdict.state, "reason_code": verdict.code, "reason": verdict.reason}
    if verdict.state in Event.ENDED:
        changes["ended_at"] = timezone.now()
    Event.objects.filter(pk=event.pk).update(**changes)
