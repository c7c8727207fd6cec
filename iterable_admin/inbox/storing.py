"""Store what came in, before anybody is answered, and tell repeats from news."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from iterable_admin.inbox.inserting import insert_news
from iterable_admin.inbox.models import Event, SignedMessage, Source
from iterable_admin.inbox.remembering import note_stored, remember
from iterable_admin.inbox.screening import screened
from iterable_admin.inbox.signing import Message
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


def store(source: Source, incoming: Sequence[Incoming], message: Message | None = None) -> list[Stored]:
    """Commit one event for each item that is news; answers in the same order. One repeat costs no row.

    `message`: the signed call that they came by, which is taken once. BadSignature if it was used before.
    """
    if message is None:
        return _store(source, incoming)
    with transaction.atomic():
        row = remember(source, message)
        if row.stored:
            return _stored_before(row)
        stored = _store(source, incoming)
        note_stored(row, [(answer.uuid, answer.conflict) for answer in stored])
    return stored


def _stored_before(row: SignedMessage) -> list[Stored]:
    uuids = [uuid.UUID(kept) for kept, _ in row.stored]
    states = dict(Event.objects.filter(uuid__in=uuids).values_list("uuid", "state"))
    return [
        Stored(kept, states.get(kept, Event.State.DONE), duplicate=True, conflict=conflict)
        for kept, (_, conflict) in zip(uuids, row.stored, strict=True)
    ]


def _store(source: Source, incoming: Sequence[Incoming]) -> list[Stored]:
    # A single event is a single statement, which needs no transaction around it.
    with transaction.atomic() if len(incoming) > 1 else nullcontext():
        events = [_event(source, item) for item in incoming]
        _blank_rejected([event for event in events if event.state == Event.State.REJECTED])
        stored = _insert(source, events, [item.key_is_callers for item in incoming])
        if any(event.state == Event.State.RECEIVED for event in events):
            wake_after_commit("inbox", TASK)
    return stored


def _blank_rejected(events: Sequence[Event]) -> None:
    """Nobody processes them, so that of an erased person nothing may be kept in the first place."""
    erased = screened(events)
    for place, event in enumerate(events):
        if place in erased:
            event.email, event.user_id, event.raw_body, event.caller_id, event.request_id = "", "", "", "", ""
            event.payload, event.errors, event.flags = {}, {}, []
            event.state, event.reason_code, event.reason = Event.State.SKIPPED, "erased", "The person was erased."
            event.ended_at = event.received_at


def _insert(source: Source, events: Sequence[Event], key_is_callers: Sequence[bool]) -> list[Stored]:
    news = insert_news(events)
    firsts = _firsts(source, [event for event in events if event.uuid not in news])
    answers = [
        Stored(event.uuid, event.state) if event.uuid in news else _answer(event, firsts, callers)
        for event, callers in zip(events, key_is_callers, strict=True)
    ]
    followers = {index: _follower(events[index], firsts) for index, answer in enumerate(answers) if answer is None}
    if followers:
        # A follower's key holds its content: whatever it meets is a repeat of it.
        found = _insert(source, list(followers.values()), [True] * len(followers))
        for index, answer in zip(followers, found, strict=True):
            answers[index] = answer
    return [answer for answer in answers if answer is not None]


def _answer(event: Event, firsts: dict[str, Event], key_is_callers: bool) -> Stored | None:
    """None when the first of its key says something else: then this one follows it as an event of its own."""
    first = firsts[event.dedup_key or ""]
    if first.content_hash == event.content_hash:
        return Stored(first.uuid, first.state, duplicate=True)
    return Stored(first.uuid, first.state, conflict=True) if key_is_callers else None


def _follower(event: Event, firsts: dict[str, Event]) -> Event:
    event.duplicate_of_id = firsts[event.dedup_key or ""].pk
    event.dedup_key = dedup_key(event.dedup_key or "", event.content_hash)
    return event


def _firsts(source: Source, events: Sequence[Event]) -> dict[str, Event]:
    """The events that these repeat, by key."""
    keys = {event.dedup_key for event in events}
    rows = Event.objects.filter(source=source, dedup_key__in=keys) if keys else []
    return {row.dedup_key or "": row for row in rows}


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
        dedup_key=dedup_key(item.repeat_key) if item.repeat_key and not item.errors else None,
        content_hash=content_hash(item.content),
        received_at=timezone.now(),
        occurred_at=item.occurred_at,
        state=Event.State.REJECTED if item.errors else Event.State.RECEIVED,
        reason="; ".join(f"{name}: {error}" for name, error in item.errors.items()),
        reason_code="invalid" if item.errors else "",
    )


def dedup_key(*parts: str) -> str:
    """What stands in the column: the repeat key, or the first one's key and the content of one that follows it."""
    return sha256("\x1f".join(parts).encode()).hexdigest()


def content_hash(content: bytes) -> str:
    return sha256(content).hexdigest() if content else ""
