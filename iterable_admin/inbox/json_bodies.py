"""Of a body in JSON, what can be stored and sent on."""

from __future__ import annotations

from typing import Any

import orjson

from iterable_admin.inbox.nul import without_nul

MOST_LEVELS = 100
"""Of arrays and objects within each other. orjson reads 1,024 of them and writes 254, and what is stored wraps it in more."""
WRITABLE = 254


class Unreadable(ValueError):
    """Says in words what is wrong with the body."""


class NotJson(Unreadable):
    """No JSON at all."""


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
