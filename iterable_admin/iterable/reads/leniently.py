"""Values as they come, made of the type they should have; what cannot be is as good as missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def text(value: object) -> str:
    return "" if value is None else str(value)


def number(value: object) -> int | None:
    """Iterable describes some ids as numbers, so that `7.0` is one of them, and gives sizes as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def numbers(value: object) -> list[int]:
    found = (number(item) for item in value) if isinstance(value, list) else ()
    return [item for item in found if item is not None]


def texts(value: object) -> list[str]:
    return [str(item) for item in value if item is not None] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
