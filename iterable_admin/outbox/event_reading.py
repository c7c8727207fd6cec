"""The events of many people as Iterable holds them: of each the latest, and no further back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.endpoints.events import MOST_READ
from iterable_admin.iterable.reads import UserEvent
from iterable_admin.outbox.reading_side_by_side import Inquiry, read_each

ENDPOINT = "/api/events/{email}"


@dataclass(frozen=True, slots=True)
class EventsRead:
    """What somebody did, as Iterable told it at `asked_at`. Its own events (sent, opened) are among them."""

    email: str
    events: list[UserEvent]
    asked_at: datetime

    @property
    def told_since(self) -> datetime | None:
        """Further back Iterable says nothing; None: these are all."""
        times = [event.created_at for event in self.events if event.created_at]
        return min(times) if times and len(self.events) >= MOST_READ else None


def _ask(client: IterableClient, email: str) -> EventsRead:
    events, call = client.events.by_email(email)
    return EventsRead(email, events, call.started_at)


EVENTS = Inquiry(ENDPOINT, _ask, "events")


def read_events(emails: Sequence[str], seconds: float) -> Iterator[list[EventsRead]]:
    return read_each(EVENTS, emails, seconds)
