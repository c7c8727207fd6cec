"""Moments as conditions compare them: explicit `now`, UTC, to the second where they are texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LENGTH = 19
"""Of `2026-11-26 14:30:00`."""
PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}.*)?", re.ASCII | re.DOTALL)


def in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def parsed(value: str) -> datetime:
    """A day is its first moment."""
    return in_utc(datetime.fromisoformat(value))


def before(now: datetime, days: float) -> datetime:
    return in_utc(now) - timedelta(days=days)


def as_text(moment: datetime) -> str:
    return in_utc(moment).isoformat(sep=" ")[:LENGTH]


def text_of(told: object) -> str | None:
    """Of a profile's or namespace's text, which means UTC; None where it is no moment."""
    if not isinstance(told, str) or PATTERN.fullmatch(told) is None:
        return None
    return f"{told} 00:00:00" if len(told) == len("2026-11-26") else told.replace("T", " ")[:LENGTH]
