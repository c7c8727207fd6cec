"""What Iterable dropped without refusing anything: kept by name, so that somebody decides whether that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from iterable_admin.outbox.models import Attempt, Notice

KINDS = {
    "filtered_out_fields": Notice.Kind.FILTERED_FIELD,
    "disallowed_event_names": Notice.Kind.DISALLOWED_EVENT,
}
LONGEST_NAME = 255
WHAT = {
    Notice.Kind.FILTERED_FIELD: "Iterable dropped the field",
    Notice.Kind.DISALLOWED_EVENT: "Iterable does not take the event name",
}
MENDS = {
    Notice.Kind.FILTERED_FIELD: (
        "The project does not make new fields by itself: the technical owner adds it in Iterable (or lets the project take "
        "new fields), then sends again; or takes it out of what is sent."
    ),
    Notice.Kind.DISALLOWED_EVENT: (
        "The name is blocked in the Iterable project: the technical owner allows it there, then retries its deliveries; or "
        "stops sending it."
    ),
}


def take_notice(attempt: Attempt) -> None:
    """In the transaction that settles the call."""
    for kind, names in _named(attempt.notes):
        for name in sorted({name[:LONGEST_NAME] for name in names}):
            _count(kind, name, attempt, attempt.started_at)


def _count(kind: Notice.Kind, name: str, attempt: Attempt, at: datetime) -> None:
    Notice.objects.bulk_create([Notice(kind=kind, name=name, calls=0, first_at=at, last_at=at)], ignore_conflicts=True)
    Notice.objects.filter(kind=kind, name=name).update(calls=F("calls") + 1, last_at=at, last_attempt=attempt)


def _named(notes: Mapping[str, Any]) -> Iterator[tuple[Notice.Kind, Sequence[str]]]:
    for key, kind in KINDS.items():
        if notes.get(key):
            yield kind, notes[key]


def sentences(notes: Mapping[str, Any]) -> list[str]:
    """What an Attempt's notes say, with what to do about it."""
    told = [f"{WHAT[kind]} {', '.join(names)}. {MENDS[kind]}" for kind, names in _named(notes)]
    created = notes.get("created_fields")
    return [*told, f"Iterable made new fields, whose types are now fixed: {', '.join(created)}."] if created else told
