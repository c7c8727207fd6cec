"""The custom events that are known: those that come in, and those that start a journey."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.intake.models import EventType
from journeys.models import Journey


def event_names() -> Iterator[str]:
    yield from EventType.objects.values_list("name", flat=True)
    for one, several in Journey.objects.values_list("trigger_event", "trigger_events"):
        yield one
        yield from map(str, several)
