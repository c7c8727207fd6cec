"""Read a request's body once, no more of it than allowed, and nothing that cannot be stored and sent on."""

from __future__ import annotations

from typing import Any

import orjson
from rest_framework.request import Request

from iterable_admin.inbox.nul import without_nul

MOST_LEVELS = 100
"""Of arrays and objects within each other. orjson reads 1,024 of them and writes 254, and what is stored wraps it in more."""
WRITABLE = 254


class Unreadable(ValueError):
    """Says in words what is wrong with the body."""


class TooLong(Unreadable):
    """More bytes than allowed."""


class NotJson(Unreadable):
    """No JSON at all."""


def read_bytes(request: Request, most: int) -> bytes:
    """At most so many. Asks Content-Length before a byte is read."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > most:
        raise TooLong(_too_long(most))
    if _is_chunked(request):
        # Where Django keeps what it read: whoever asks for the body after us gets it too.
        request._request._body = request.META["wsgi.input"].read(most + 1)
    body = request._request.body
    if len(body) > most:
        raise TooLong(_too_long(most))
    return body


def _is_chunked(request: Request) -> bool:
    """Without a length, and from a server that ends the stream itself. Django would take such a body for an empty one."""
    unread = not hasattr(request._request, "_body")
    return unread and not request.META.get("CONTENT_LENGTH") and bool(request.META.get("wsgi.input_terminated"))


def _too_long(most: int) -> str:
    return f"A request may have at most {most:,} bytes: send less at once."


def parse_json(body: bytes) -> Any:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: {error}") from None
    if not _is_flat_enough(parsed):
        raise Unreadable(f"The body nests arrays and objects more than {MOST_LEVELS} levels deep.")
    # PostgreSQL stores no NUL character in text or JSON.
    return without_nul(parsed) if b"\\u0000" in body else parsed


def _is_flat_enough(parsed: Any) -> bool:
    """By writing it within as many levels as are to be left over: in Python the walk would take longer than the parsing."""
    for _ in range(WRITABLE - MOST_LEVELS):
        parsed = [parsed]
    try:
        orjson.dumps(parsed)
    except orjson.JSONEncodeError:
        return False
    return True
