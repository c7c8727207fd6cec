"""Rows become events, committed before the caller is answered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from rest_framework.request import Request

from contacts.gateway.checking import (
    BOOLEAN,
    IDENTITY,
    INTEGER,
    STRING,
    SUBSCRIPTIONS,
    Kinds,
    check_arrays,
    expect,
    in_seconds,
)
from contacts.gateway.naming import Row, find_addresses, identify
from contacts.gateway.refusing import Refused, RowRefused, bad_json
from contacts.gateway.regranting import refuse_regrants
from contacts.gateway.rows import GROUPS, leaves_group, parted, withdraws
from iterable_admin.inbox.authentication import caller_of
from iterable_admin.inbox.json_bodies import Unreadable, parse_json
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, Stored, store

KINDS_OF: dict[str, Kinds] = {
    "arrays": SUBSCRIPTIONS,
    "group": {**IDENTITY, "group": STRING, "groupId": INTEGER, "joins": BOOLEAN},
}


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
        row = _mended(event, parse_json(body.encode()))
        rows = [identify(row)]
    except Unreadable as error:
        return _still_rejected({"body": str(error)})
    except Refused as refused:
        return _still_rejected({place.removeprefix("obj."): str(why) for place, why in (refused.params or {}).items()})
    except RowRefused as refused:
        return _still_rejected({"email": refused.alone().msg})
    find_addresses(rows)
    refuse_regrants(rows)
    return _incoming(rows[0], event.path, event.content_type, event.request_id)


def _mended(event: Event, body: Any) -> Row:
    """By the checks of the door. Raises Refused."""
    if not isinstance(body, dict):
        raise bad_json(event.path, {"body": "Send one JSON object."})
    call, told = event.payload["call"], {**event.payload["told"], **body}
    expect(event.path, told, "obj", KINDS_OF.get(call, IDENTITY))
    check_arrays(event.path, told, "obj")
    if call == "group" and (told["group"] not in GROUPS.values() or told["groupId"] is None or told["joins"] is None):
        raise bad_json(event.path, {"obj.group": "name a group, its id, and whether they join."})
    # It is one event, of which the withdrawal would be another.
    if event.withdrawal is not (leaves_group(told) if call == "group" else withdraws(told)):
        raise bad_json(event.path, {"body": "A withdrawal is not mended into a call: record it on the contact's page."})
    return Row(call, told, event.name, withdrawal=event.withdrawal)


def _still_rejected(errors: dict[str, str]) -> Incoming:
    return Incoming(door=Event.Door.GATEWAY, lane="", errors=errors)


def _occurred_at(row: Row) -> datetime | None:
    moment = row.told.get("createdAt") if row.call == "track" else None
    return datetime.fromtimestamp(in_seconds(moment), UTC) if moment else None
