"""What is left of an erased person's events: that they came, when, through which door, and how they ended."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED

State = Event.State
NOTHING: dict[str, Any] = {
    **dict.fromkeys(("email", "user_id", "raw_body", "mended_body", "traceback", "caller_id", "request_id"), ""),
    "payload": {},
    "errors": {},
    "flags": [],
}
# Their reasons are sentences of ours; those of the others may repeat what was sent.
PLAIN_REASONS = (State.DONE, State.SKIPPED)
# All that a withdrawal needs to reach the ledger, which it still does.
OF_A_WITHDRAWAL = ("unsubscribed", "dated_by")


def blank(events: QuerySet[Event]) -> int:
    """Whatever their state; those that are under way end when their worker is through."""
    events.exclude(state__in=PLAIN_REASONS).update(reason=ERASED.reason)
    return events.update(**NOTHING)


def end_and_blank(events: QuerySet[Event]) -> int:
    """Those not begun and those that wait for something end here; a withdrawal goes on to the ledger without its address."""
    unread = events.filter(withdrawal=True, door=Event.Door.UNSUBSCRIBE, state__in=(*Event.OPEN, State.NEEDS_YOU))
    kept = [_bare(event) for event in unread.only("pk", "payload")]
    left = events.exclude(pk__in=[event.pk for event in kept])
    ending = left.filter(state__in=(State.RECEIVED, State.WAITING, State.HELD, State.NEEDS_YOU))
    ending.exclude(withdrawal=True, door=Event.Door.ITERABLE, state__in=Event.OPEN).update(
        state=ERASED.state, reason_code=ERASED.code, reason=ERASED.reason, ended_at=timezone.now(), next_attempt_at=None
    )
    # A withdrawal that Iterable told of is blanked when it has been read, which is next.
    blanked = blank(left.exclude(withdrawal=True, door=Event.Door.ITERABLE, state__in=Event.OPEN))
    Event.objects.bulk_update(kept, [*NOTHING], batch_size=500)
    return blanked + len(kept)


def _bare(event: Event) -> Event:
    kept = {name: event.payload[name] for name in OF_A_WITHDRAWAL if name in event.payload}
    for name, value in {**NOTHING, "payload": kept}.items():
        setattr(event, name, value)
    return event
