"""Rows become events, committed before the caller is answered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson
import structlog
from rest_framework.request import Request

from contacts.gateway.checking import in_seconds
from contacts.gateway.naming import Row, find_addresses, identify
from contacts.gateway.refusing import RowRefused
from contacts.gateway.regranting import refuse_regrants
from contacts.gateway.rows import parted
from iterable_admin.inbox.authentication import caller_of
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, Stored, store


def take(request: Request, source: Source, rows: Sequence[Row]) -> list[Stored]:
    """In one transaction; a row with errors is kept as rejected."""
    if not rows:
        return []
    find_addresses(rows)
    refuse_regrants(rows)
    asked = str(structlog.contextvars.get_contextvars().get("request_id") or uuid.uuid4())
    kind, path = request.META.get("CONTENT_TYPE", ""), request._request.path
    parts = [_incoming(part, path, kind, asked) for row in rows for part in parted(row)]
    return store(source, parts, caller_of(request).message)


def _incoming(row: Row, path: str, content_type: str, request_id: str) -> Incoming:
    body = orjson.dumps(row.told, option=orjson.OPT_SORT_KEYS)
    return Incoming(
        door=Event.Door.GATEWAY,
        lane=row.lane,
        name=row.name,
        email=row.email,
        user_id=row.user_id,
        payload={"call": row.call, "told": row.told},
        raw_body=body.decode(),
        content_type=content_type,
        path=path,
        request_id=request_id,
        errors=row.errors,
        occurred_at=_occurred_at(row),
        withdrawal=row.withdrawal,
        caller_id=row.caller_id,
        # The same id with another body is no mistake: Iterable updates the event. The same body is a repeat.
        repeat_key=f"gateway\x1f{row.caller_id}" if row.caller_id else "",
        content=body if row.caller_id else b"",
    )


def reread(event: Event, body: str) -> Incoming:
    """A rejected call once more: mended, or because what the person withdrew from has changed."""
    try:
        told = orjson.loads(body)
        row = Row(event.payload["call"], {**event.payload["told"], **told}, event.name, withdrawal=event.withdrawal)
        rows = [identify(row)]
    except (orjson.JSONDecodeError, TypeError):
        return Incoming(door=Event.Door.GATEWAY, lane="", errors={"body": "Send one JSON object."})
    except RowRefused as refused:
        return Incoming(door=Event.Door.GATEWAY, lane="", errors={"email": refused.alone().msg})
    find_addresses(rows)
    refuse_regrants(rows)
    return _incoming(rows[0], event.path, event.content_type, event.request_id)


def _occurred_at(row: Row) -> datetime | None:
    moment = row.told.get("createdAt") if row.call == "track" else None
    return datetime.fromtimestamp(in_seconds(moment), UTC) if moment else None
