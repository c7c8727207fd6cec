"""Read a request's body once, and no more of it than allowed."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from iterable_admin.inbox.nul import without_nul
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
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error}") from None
    # PostgreSQL stores no NUL character in text or JSON.
    return without_nul(parsed) if b"\\u0000" in body else parsed
