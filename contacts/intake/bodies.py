"""Read a request's body once, and no more of it than allowed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from iterable_admin.inbox import json_bodies
from iterable_admin.inbox.raw_bodies import read_raw

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_body(request: Request) -> bytes:
    return read_raw(request._request, settings.INTAKE_MAX_BYTES).removeprefix(BYTE_ORDER_MARK)


def parse_object(body: bytes) -> dict[str, Any]:
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise ParseError("Send one JSON object.")
    return parsed


def parse_json(body: bytes) -> Any:
    try:
        return json_bodies.parse_json(body)
    except json_bodies.Unreadable as error:
        raise ParseError(str(error)) from None
