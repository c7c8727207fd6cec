"""What people did: as we would have sent it, as we know of it otherwise, and as Iterable tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from contacts.sync.event_names import known_event_names
from contacts.sync.observing.matching import NEARLY, Happening
from iterable_admin.inbox.models import Event
from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads import UserEvent
from iterable_admin.outbox.models import Delivery

ByEmail = Mapping[str, list[Happening]]
# A number beyond this, which is the year 5138 in seconds, was meant in milliseconds.
MOST_SECONDS = 10**11


def wanted_events(emails: Collection[str], since: datetime, until: datetime) -> ByEmail:
    """What would have been sent. As with profiles, a row counts by when it was decided."""
    rows = Delivery.objects.would_send().filter(email__in=emails, operation=Delivery.Operation.TRACK)
    return _by_email(_of_deliveries(rows.filter(ended_at__gte=since, ended_at__lte=until).order_by("pk")))


def known_events(emails: Collection[str], since: datetime) -> ByEmail:
    """All that we have of these people: what is decided on, sent or not, and what came in, whatever became of it."""
    rows = Delivery.objects.filter(email__in=emails, operation=Delivery.Operation.TRACK, created_at__gte=since - NEARLY)
    received = Event.objects.filter(email__in=emails, received_at__gte=since - NEARLY).exclude(name="")
    return _by_email([*_of_deliveries(rows), *_of_events(received)])


def events_there(told: Iterable[UserEvent], names: Collection[str]) -> list[Happening]:
    """Of the types that are ours: the rest of what Iterable tells is its own, or somebody else's."""
    return [
        Happening(event.event_name, event.created_at, str(event.body.get("id") or ""))
        for event in told
        if event.event_name in names and event.created_at
    ]


def our_names(wanted: ByEmail) -> set[str]:
    return known_event_names() | {event.name for events in wanted.values() for event in events}


def _by_email(found: Iterable[tuple[str, Happening]]) -> ByEmail:
    by_email: dict[str, list[Happening]] = defaultdict(list)
    for email, event in found:
        by_email[email].append(event)
    return by_email


def _of_deliveries(rows: Any) -> Iterable[tuple[str, Happening]]:
    for number, email, payload, created_at in rows.values_list("pk", "email", "payload", "created_at"):
        # Erasure and retention blank a payload.
        if name := str(payload.get("eventName") or ""):
            at = _moment(payload.get("createdAt")) or created_at
            yield email, Happening(name, at, str(payload.get("id") or ""), number)


def _of_events(rows: Any) -> Iterable[tuple[str, Happening]]:
    for event in rows.only("email", "name", "occurred_at", "received_at", "caller_id", "uuid"):
        yield event.email, Happening(event.name, event.occurred_at or event.received_at, event.iterable_id)


def _moment(told: Any) -> datetime | None:
    return moment(told * 1000 if isinstance(told, int) and told < MOST_SECONDS else told)
