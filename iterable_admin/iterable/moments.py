"""Iterable's times: epoch milliseconds in its objects, epoch seconds in events sent to it, and text everywhere else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Exports hold offsets without a colon, and fractions that were doubled on the way: `.134105.000Z`.
TEXT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?", re.ASCII | re.IGNORECASE
)


def moment(found: object) -> datetime | None:
    """None for what is no time. A time without an offset is UTC."""
    if isinstance(found, str):
        return _from_text(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return EPOCH + timedelta(milliseconds=found)
    except (OverflowError, ValueError):
        return None


def _from_text(text: str) -> datetime | None:
    match = TEXT.fullmatch(text.strip())
    if match is None:
        return None
    day, time, fraction, offset = match.groups()
    offset = "+00:00" if offset in (None, "Z", "z") else offset
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00:00'}.{(fraction or '').ljust(6, '0')}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def sent_time(at: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss +00:00`: the one form that every endpoint takes."""
    return f"{_aware(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} +00:00"


def sent_seconds(at: datetime | int) -> int:
    return at if isinstance(at, int) else int(_aware(at).timestamp())


def _aware(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("a time for Iterable needs a time zone")
    return at
