"""What only Iterable could know of a call, for a caller that has an address for it: a row in the transaction that settles."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from contacts.gateway.models import Callback
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled
from iterable_admin.waking.waking import wake_after_commit

TASK = "contacts.gateway.calling_back.send_callbacks"
WAKE_UP = "gateway callbacks"
State, Outcome = Delivery.State, Callback.Outcome
# A row that waits or is held has come to no end yet.
OUTCOMES = {
    State.SETTLING: Outcome.ACCEPTED,
    State.DELIVERED: Outcome.ACCEPTED,
    State.SKIPPED: Outcome.SKIPPED,
    State.NEEDS_YOU: Outcome.REFUSED,
}


def write_callbacks(settled: Sequence[Settled]) -> None:
    """One for each delivery that has come to an end, whatever it was; again if it is retried."""
    ended = [row.delivery for row in settled if row.delivery.cause == "event" and row.delivery.state in OUTCOMES]
    events = _to_be_told([uuid for row in ended if (uuid := _uuid(row.cause_id))]) if ended else {}
    rows = [_callback(events[row.cause_id], row) for row in ended if row.cause_id in events]
    if rows:
        Callback.objects.bulk_create(rows)
        wake_after_commit(WAKE_UP, TASK)


def _uuid(cause_id: str) -> UUID | None:
    """Natural keys link the rooms: one may name nothing."""
    try:
        return UUID(cause_id)
    except ValueError:
        return None


def _to_be_told(uuids: Sequence[UUID]) -> dict[str, int]:
    events = Event.objects.filter(uuid__in=uuids, door=Event.Door.GATEWAY).exclude(source__callback_url="")
    return {str(uuid): pk for uuid, pk in events.values_list("uuid", "pk")}


def _callback(event_id: int, delivery: Delivery) -> Callback:
    return Callback(
        event_id=event_id,
        delivery=delivery,
        outcome=OUTCOMES[Delivery.State(delivery.state)],
        code=delivery.reason_code,
        way=Callback.Way.WEBHOOK,
        created_at=timezone.now(),
    )
