"""From understood events to stored ones, and to the answers that callers get."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import structlog
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.intake.event_types import EventTypes
from contacts.intake.repeats import UNFIT_ID, implicit_content, implicit_key, is_iterable_id, read_id
from contacts.intake.told import Told
from contacts.intake.understanding import Meaning, understand
from iterable_admin.inbox.authentication import caller_of
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.signing import Message
from iterable_admin.inbox.storing import Incoming, Stored, store

REUSED_ID = "was used before with another body: send a new id, or the same body."
# Header, and the prefix that keeps its keys apart from those of the others.
REPEAT_HEADERS = {"HTTP_IDEMPOTENCY_KEY": "idempotency", "HTTP_X_WORKATO_DEDUP": "workato"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is true of a whole request."""

    source: Source
    path: str
    content_type: str
    request_id: str
    header_key: str
    received_at: datetime
    message: Message | None = None  # of a source that signs


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a request: what it told, and its own part of the body."""

    told: Told
    body: Any
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    stored: Stored
    errors: dict[str, str]


def arrival_of(request: Request) -> Arrival:
    meta, caller = request.META, caller_of(request)
    return Arrival(
        source=caller.source,
        path=request._request.path,
        content_type=meta.get("CONTENT_TYPE", ""),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id") or uuid.uuid4()),
        header_key=_header_key(meta),
        received_at=timezone.now(),
        message=caller.message,
    )


def _header_key(meta: dict[str, Any]) -> str:
    for header, prefix in REPEAT_HEADERS.items():
        value = meta.get(header, "").strip()
        if value:
            return f"{prefix}\x1f{value}"
    return ""


def accept(arrival: Arrival, items: Sequence[Item], types: EventTypes) -> list[Answer]:
    """Store every item, or refuse it with what has to be mended; in order."""
    meanings = understand([item.told for item in items], types, arrival.received_at)
    incoming = [
        incoming_of(arrival, item, meaning, index if len(items) > 1 else None)
        for index, (item, meaning) in enumerate(zip(items, meanings, strict=True))
    ]
    stored = store(arrival.source, incoming, arrival.message)
    return [Answer(row, item.errors) for row, item in zip(stored, incoming, strict=True)]


def incoming_of(arrival: Arrival, item: Item, meaning: Meaning, index: int | None) -> Incoming:
    caller_id = read_id(item.told.id)
    fit = is_iterable_id(caller_id)
    if caller_id and not fit:
        meaning.flags.append(UNFIT_ID)
    key = _explicit_key(arrival, caller_id, index)
    return Incoming(
        door=Event.Door.EVENT,
        lane=meaning.lane,
        name=meaning.event_type.name if meaning.event_type else meaning.name,
        email=meaning.email,
        user_id=meaning.user_id,
        payload=meaning.payload(),
        raw_body=item.raw or orjson.dumps(item.body).decode(),
        content_type=arrival.content_type,
        path=arrival.path,
        request_id=arrival.request_id,
        flags=meaning.flags,
        errors=meaning.errors,
        occurred_at=meaning.created_at,
        caller_id=caller_id if fit else "",
        repeat_key=key or implicit_key(meaning, arrival.received_at),
        key_is_callers=bool(key),
        content=orjson.dumps(item.body, option=orjson.OPT_SORT_KEYS) if key else implicit_content(meaning),
    )


def _explicit_key(arrival: Arrival, caller_id: str, index: int | None) -> str:
    """A header speaks for a whole bulk request: its items are told apart by their place."""
    if caller_id:
        return f"id\x1f{caller_id}"
    if arrival.header_key and index is not None:
        return f"{arrival.header_key}\x1f{index}"
    return arrival.header_key


def answer_one(answer: Answer) -> Response:
    stored = answer.stored
    if stored.conflict:
        return Response({"id": str(stored.uuid), "errors": {"id": REUSED_ID}}, status=422)
    if answer.errors:
        return Response({"id": str(stored.uuid), "errors": answer.errors}, status=422)
    return Response({"id": str(stored.uuid), "status": stored.state, "duplicate": stored.duplicate}, status=202)
