"""The event types of one request: read once, then found by any of their names."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.intake.models import EventType


class EventTypes:
    def __init__(self, rows: Iterable[EventType]) -> None:
        self._by_slug: dict[str, EventType] = {}
        self._by_name: dict[str, EventType] = {}
        self._field_types: dict[str, dict[str, str]] = {}
        for row in rows:
            self._by_slug[row.slug] = row
            self._field_types[row.name] = {field["name"]: field.get("type", "") for field in row.fields}
            for name in row.names:
                # A type's own name goes before another type's alias.
                if name == row.name.strip().casefold() or name not in self._by_name:
                    self._by_name[name] = row

    @classmethod
    def load(cls) -> EventTypes:
        # Raw: every request runs it, and the ORM takes longer to write this than the database to answer.
        return cls(EventType.objects.raw("SELECT * FROM intake_eventtype ORDER BY id"))

    @classmethod
    def load_with_targets(cls) -> EventTypes:
        """With what they subscribe to: for processing."""
        return cls(EventType.objects.select_related("subscribes_to__channel").order_by("pk"))

    def named(self, name: str) -> EventType | None:
        return self._by_name.get(name) or self._by_name.get(name.strip().casefold())

    def at(self, slug: str) -> EventType | None:
        """The active type that has the endpoint `slug`."""
        found = self._by_slug.get(slug)
        return found if found is not None and found.active else None

    def field_types(self, event_type: EventType) -> dict[str, str]:
        return self._field_types[event_type.name]
