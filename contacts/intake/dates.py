"""Dates and instants in the forms that callers send, including unix seconds, milliseconds and zone-less local times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from contacts.intake.reading import Reading, Unreadable, read_text

DATE_MEND = "must be a date: send it as yyyy-MM-dd, such as 2023-06-11."
INSTANT_MEND = "must be a time: send unix seconds, or ISO 8601 such as 2023-06-11T14:03:22Z."

# 1e11 seconds lie in the year 5138, 1e11 milliseconds in 1973: between the units there is no doubt.
SECONDS_BELOW = 100_000_000_000
MILLISECONDS_BELOW = SECONDS_BELOW * 1_000
MICROSECONDS_BELOW = MILLISECONDS_BELOW * 1_000
# Python's own limit is later, but PostgreSQL and Iterable need no more.
LAST_YEAR = 9_000

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMPACT_DATE = re.compile(r"\d{8}")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
# Marketo and Ruby write "+0000", Ruby also " UTC"; Python's parser wants "+00:00".
_LOOSE_OFFSET = re.compile(r"\s*([+-]\d{2}):?(\d{2})$")
_UTC_WORD = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)


def read_date(value: Any) -> Reading:
    """`yyyy-MM-dd`. Of a timestamp, the day as written, in its own zone; of a number, the day in UTC."""
    text = _text(value, DATE_MEND)
    if text is None:
        return None, ""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text) else _instant(text).date()
    except (ValueError, OverflowError):
        raise Unreadable(DATE_MEND) from None
    if day.year < 1000:
        raise Unreadable(DATE_MEND)
    return day.isoformat(), ""


def read_datetime(value: Any) -> Reading:
    """In Iterable's form with a zone; a time without one is taken as UTC."""
    instant, flag = read_instant(value)
    if instant is None:
        return None, flag
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +00:00"), flag


def read_instant(value: Any) -> tuple[datetime | None, str]:
    """An aware instant; a time without a zone is taken as UTC and flagged."""
    local = read_local(value)
    if local is None:
        return None, ""
    if local.tzinfo is None:
        return local.replace(tzinfo=UTC), "no time zone given, taken as UTC"
    return local, ""


def read_local(value: Any) -> datetime | None:
    """Aware where the text names a zone or is a number, naive where it does not."""
    text = _text(value, INSTANT_MEND)
    if text is None:
        return None
    try:
        instant = _instant(text)
        in_utc = instant.astimezone(UTC) if instant.tzinfo else instant
    except (ValueError, OverflowError):
        raise Unreadable(INSTANT_MEND) from None
    if not 1970 <= in_utc.year <= LAST_YEAR:
        raise Unreadable(INSTANT_MEND)
    return instant


def _text(value: Any, mend: str) -> str | None:
    if isinstance(value, bool | dict | list):
        raise Unreadable(mend)
    text: str | None = read_text(value)[0]
    return text


def _instant(text: str) -> datetime:
    if _NUMBER.fullmatch(text):
        return _from_unix(float(text))
    bare = _UTC_WORD.sub("+00:00", text)
    return datetime.fromisoformat(_LOOSE_OFFSET.sub(r"\1:\2", bare))


def _from_unix(number: float) -> datetime:
    if not 0 <= number < MICROSECONDS_BELOW:
        raise ValueError("outside of time")
    if number >= MILLISECONDS_BELOW:
        number /= 1_000_000
    elif number >= SECONDS_BELOW:
        number /= 1_000
    return datetime.fromtimestamp(number, UTC)
