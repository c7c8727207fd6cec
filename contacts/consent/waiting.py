"""Why a withdrawal is not effective in Iterable yet, and who acts next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from contacts.consent.clock import Threshold, passed
from contacts.consent.models import SubscriptionChange
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import next_step as next_step_of_event
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.next_steps import next_step as next_step_of_delivery

NOT_ON_ITS_WAY = (
    "In the ledger, and no opt-out is on its way: it leaves before whatever is sent to this person next. "
    "The technical owner looks why none was enqueued, now."
)


@dataclass(frozen=True, slots=True)
class Waiting:
    address_key: str
    since: datetime
    age: timedelta
    threshold: Threshold | None
    why: str
    event: Event | None
    delivery: Delivery | None


def explain(withdrawals: Sequence[SubscriptionChange], now: datetime | None = None) -> list[Waiting]:
    """For one page of them: two queries."""
    now = now or timezone.now()
    events = _events(withdrawals)
    deliveries = _opt_outs({row.address_key for row in withdrawals})
    return [_explain(row, events.get(row.cause_id), deliveries.get(row.address_key), now) for row in withdrawals]


def _explain(row: SubscriptionChange, event: Event | None, delivery: Delivery | None, now: datetime) -> Waiting:
    """The delivery is further on its way than the event that caused it."""
    why = NOT_ON_ITS_WAY
    if delivery:
        why = f"Its opt-out is {delivery.get_state_display()}. {next_step_of_delivery(delivery)}"
    elif event and event.state not in (Event.State.DONE, Event.State.SKIPPED):
        why = _of(event)
    return Waiting(row.address_key, row.received_at, now - row.received_at, passed(row.received_at, now), why, event, delivery)


def explain_unread(events: Sequence[Event], now: datetime | None = None) -> list[Waiting]:
    """Of unsubscribes that are not in the ledger yet."""
    now = now or timezone.now()
    return [
        Waiting(event.lane, event.received_at, now - event.received_at, passed(event.received_at, now), _of(event), event, None)
        for event in events
    ]


def _of(event: Event) -> str:
    return f"Its unsubscribe is {event.get_state_display()}. {next_step_of_event(event)}"


def _events(withdrawals: Sequence[SubscriptionChange]) -> dict[str, Event]:
    uuids = [row.cause_id for row in withdrawals if row.cause == "event" and _is_uuid(row.cause_id)]
    return {str(event.uuid): event for event in Event.objects.filter(uuid__in=uuids)}


def _opt_outs(lanes: set[str]) -> dict[str, Delivery]:
    """Of each person the first that has not ended: the others wait for it."""
    rows = Delivery.objects.filter(lane__in=lanes, withdrawal=True, state__in=(*Delivery.OPEN, Delivery.State.NEEDS_YOU))
    by_lane: defaultdict[str, list[Delivery]] = defaultdict(list)
    for row in rows.order_by("pk"):
        by_lane[row.lane].append(row)
    return {lane: of_lane[0] for lane, of_lane in by_lane.items()}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
