"""Names of custom events that something knows. Rooms that keep some tell them here, when Django is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from contacts.sync.seed import EVENT_NAME

_SOURCES: list[Callable[[], Iterable[str]]] = []


def register_event_names(source: Callable[[], Iterable[str]]) -> None:
    if source not in _SOURCES:
        _SOURCES.append(source)


def known_event_names() -> set[str]:
    """Less empty ones; with that of the definition every installation has."""
    return {name for source in _SOURCES for name in source() if name} | {EVENT_NAME}
