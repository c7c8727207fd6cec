"""Rows that stand: what was sent and has not been delivered, and why, in the words that an operator reads."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from iterable_admin.inbox.models import Event
from iterable_admin.inbox.next_steps import next_step as next_step_of_event
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.next_steps import next_step


@dataclass(frozen=True, slots=True)
class Standing:
    person: str
    what: str
    state: str
    why: str


def rows_of(ids: list[str]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(cause="event", cause_id__in=ids)


def standing(ids: list[str]) -> list[Standing]:
    """Deliveries first, then events that never came so far."""
    rows = rows_of(ids).exclude(state=Delivery.State.DELIVERED).order_by("id")
    events = Event.objects.filter(uuid__in=ids).exclude(state=Event.State.DONE).order_by("id")
    return [
        *(Standing(row.email, row.get_operation_display(), row.state, next_step(row)) for row in rows),
        *(Standing(event.email, "request", event.state, next_step_of_event(event)) for event in events),
    ]
