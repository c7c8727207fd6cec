"""What would become of a payload: all of it is done as always, in a transaction that never commits.

So nothing is stored, and no wake-up leaves, which waits for a commit. What the gates and the handlers decide is the truth of
this moment, and no copy of their rules.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from iterable_admin.inbox.mending import read_again
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.next_steps import next_step
from iterable_admin.inbox.processing import process
from iterable_admin.inbox.storing import Incoming, Stored, store
from iterable_admin.outbox.departing import objections
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End
from iterable_admin.outbox.switching import current, mode
from iterable_admin.screens.trying.kinds import Kind

State = Event.State


@dataclass(frozen=True, slots=True)
class Step:
    """A delivery that would be made; `end` is where it would go instead of leaving, None: it would leave."""

    delivery: Delivery
    end: End | None


@dataclass(slots=True)
class Outcome:
    """`state` of the event; a repeat or a conflict has none of its own, and names the `first`."""

    incoming: Incoming
    state: str = ""
    words: str = ""
    first: Event | None = None
    conflict: bool = False
    waits: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    flags: Sequence[str] = ()

    @property
    def decision(self) -> str:
        return str(State(self.state).label)

    @property
    def fields(self) -> list[tuple[str, Any, str]]:
        """Name, value as understood, and what is wrong with it."""
        told = self.incoming.payload.get("data_fields", self.incoming.payload)
        besides = {"email": self.incoming.email, "userId": self.incoming.user_id, "name": self.incoming.name}
        values = {name: value for name, value in besides.items() if value} | dict(told)
        names = [*values, *(name for name in self.incoming.errors if name not in values)]
        return [(name, values.get(name), self.incoming.errors.get(name, "")) for name in names]


def try_out(kind: Kind, source: Source | None, body: str) -> Outcome:
    """Without a source it is tried as a new one's, of whom nothing can be a repeat."""
    with transaction.atomic():
        outcome = _carry_out(kind, source or Source.objects.create(name=f"Try it {uuid.uuid4()}"), body)
        transaction.set_rollback(True)
    return outcome


def _carry_out(kind: Kind, source: Source, body: str) -> Outcome:
    request_id = f"try-{uuid.uuid4()}"[:64]
    as_sent = Event(source=source, door=kind.door, path=kind.path, request_id=request_id, received_at=timezone.now())
    outcome = Outcome(read_again(as_sent, body))
    outcome.flags = outcome.incoming.flags
    before = Delivery.objects.aggregate(last=Max("pk"))["last"] or 0
    stored = store(source, [outcome.incoming])[0]
    if stored.duplicate or stored.conflict:
        return _repeat(outcome, stored)
    event = Event.objects.select_related("source").get(uuid=stored.uuid)
    if event.state == State.RECEIVED:
        outcome.waits = _waits(event, before)
        process([event])
        event.refresh_from_db()
        outcome.steps = _steps(event, before)
    outcome.state, outcome.words, outcome.flags = event.state, next_step(event), event.flags
    if event.duplicate_of_id:
        outcome.first = Event.objects.get(pk=event.duplicate_of_id)
    return outcome


def _repeat(outcome: Outcome, stored: Stored) -> Outcome:
    outcome.first, outcome.conflict = Event.objects.get(uuid=stored.uuid), stored.conflict
    return outcome


def _waits(event: Event, before: int) -> list[str]:
    """What of the same person goes first, in both pipes."""
    events = Event.objects.open().filter(lane=event.lane).exclude(pk=event.pk).count()
    deliveries = Delivery.objects.open().filter(lane=event.lane, pk__lte=before).count()
    stuck = Delivery.objects.stuck_withdrawals().filter(lane=event.lane).exists()
    said = [f"It would wait for {events} of this person's events that came before it."] if events else []
    said += [f"Its deliveries would wait for {deliveries} earlier ones of this person."] if deliveries else []
    return said + (["A withdrawal of this person needs somebody: until it is applied nothing leaves."] if stuck else [])


def _steps(event: Event, before: int) -> list[Step]:
    caused = Q(cause="event", cause_id=str(event.uuid)) | Q(request_id=event.request_id)
    rows = list(Delivery.objects.filter(caused, pk__gt=before).order_by("pk"))
    switch = mode(current())
    # One by one: the gates are asked with rows of different people.
    return [Step(row, _end_of(row, objections([row], switch))) for row in rows]


def _end_of(row: Delivery, ends: dict[int, End]) -> End | None:
    """What cannot leave from the start, for want of an id in Iterable, says so itself."""
    if row.state != Delivery.State.READY:
        return End(Delivery.State(row.state), row.reason_code, row.reason)
    return ends.get(row.pk)
