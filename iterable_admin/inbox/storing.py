"""Store what came in, before anybody is answered, and tell repeats from news."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from iterable_admin.inbox.models import Event, Source
from iterable_admin.waking.waking import wake_after_commit

TASK = "iterable_admin.inbox.tasks.process_inbox"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request (or one item of a bulk request) as the door understood it."""

    door: Event.Door
    lane: str
    name: str = ""
    email: str = ""
    user_id: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    raw_body: str = ""
    content_type: str = ""
    path: str = ""
    request_id: str = ""
    flags: Sequence[str] = ()
    errors: dict[str, str] = field(default_factory=dict)  # by field; not empty: it is kept as rejected
    occurred_at: datetime | None = None
    withdrawal: bool = False
    caller_id: str = ""
    # What makes two requests of one source the same: an id that the caller gave, or person, event and day.
    # Empty: never a repeat (every subscription change, everything rejected).
    repeat_key: str = ""
    key_is_callers: bool = False
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Stored:
    """`conflict`: the caller's id was used before with another body; nothing was stored for this one."""

    uuid: uuid.UUID
    state: str
    duplicate: bool = False
    conflict: bool = False


def store(source: Source, incoming: Sequence[Incoming]) -> list[Stored]:
    """Commit one event for each item that is news; answers in the same order. One repeat costs no row."""
    with transaction.atomic():
        events = [_event(source, item) for item in incoming]
        stored = _insert(source, events, incoming)
        if any(event.state == Event.State.RECEIVED for event in events):
            wake_after_commit("inbox", TASK)
    return stored


def _insert(source: Source, events: list[Event], incoming: Sequence[Incoming]) -> list[Stored]:
    Event.objects.bulk_create(events, ignore_conflicts=True)
    firsts = _firsts(source, events)
    answers = [_answer(event, firsts, item.key_is_callers) for event, item in zip(events, incoming, strict=True)]
    followers = {
        index: _follower(event, firsts[event.dedup_key])
        for index, (event, answer) in enumerate(zip(events, answers, strict=True))
        if answer is None and event.dedup_key is not None
    }
    if followers:
        Event.objects.bulk_create(followers.values(), ignore_conflicts=True)
        seconds = _firsts(source, followers.values())
        for index, follower in followers.items():
            answers[index] = _answer(follower, seconds, key_is_callers=True)
    return [answer for answer in answers if answer is not None]


def _answer(event: Event, firsts: dict[str, Event], key_is_callers: bool) -> Stored | None:
    """None when the first of its key says something else: then this one follows it as an event of its own."""
    first = firsts.get(event.dedup_key) if event.dedup_key else None
    if first is None or first.uuid == event.uuid:
        return Stored(event.uuid, event.state)
    if first.content_hash == event.content_hash:
        return Stored(first.uuid, first.state, duplicate=True)
    if key_is_callers:
        return Stored(first.uuid, first.state, conflict=True)
    return None


def _follower(event: Event, first: Event) -> Event:
    event.duplicate_of_id = first.pk
    event.dedup_key = _key(event.dedup_key or "", event.content_hash)
    return event


def _firsts(source: Source, events: Iterable[Event]) -> dict[str, Event]:
    keys = {event.dedup_key for event in events if event.dedup_key}
    if not keys:
        return {}
    rows = Event.objects.filter(source=source, dedup_key__in=keys)
    return {row.dedup_key: row for row in rows.only("uuid", "state", "dedup_key", "content_hash") if row.dedup_key}


def _event(source: Source, item: Incoming) -> Event:
    return Event(
        uuid=uuid.uuid4(),
        source=source,
        door=item.door,
        name=item.name[:255],
        email=item.email,
        user_id=item.user_id,
        lane=item.lane,
        withdrawal=item.withdrawal,
        payload=item.payload,
        raw_body=item.raw_body,
        content_type=item.content_type[:100],
        path=item.path[:200],
        request_id=item.request_id[:64],
        flags=list(item.flags),
        errors=item.errors,
        caller_id=item.caller_id,
        dedup_key=_key(item.repeat_key) if item.repeat_key and not item.errors else None,
        content_hash=sha256(item.content).hexdigest() if item.content else "",
        received_at=timezone.now(),
        occurred_at=item.occurred_at,
        state=Event.State.REJECTED if item.errors else Event.State.RECEIVED,
        reason="; ".join(f"{name}: {error}" for name, error in item.errors.items()),
        reason_code="invalid" if item.errors else "",
    )


def _key(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()
