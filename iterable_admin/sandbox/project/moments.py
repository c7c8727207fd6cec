"""Ranges of time as read and export endpoints take them: from inclusive, until exclusive, both as Iterable writes times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from iterable_admin.sandbox.answers import bad_params
from iterable_admin.sandbox.dates import parse_date, write_date

BEGINNING, END = "1970-01-01 00:00:00 +00:00", "9999-12-31 23:59:59 +00:00"
# In a query, a plus that was not encoded arrives as a blank.
_LOST_PLUS = re.compile(r"(\d\d:\d\d:\d\d)  ?(\d\d:\d\d)", re.ASCII)
# Public clients send the time of their configuration as it stands there.
_NO_FRACTION = re.compile(r"(T\d\d:\d\d:\d\d)(?=Z|[+-])", re.ASCII)


def read_range(given: Mapping[str, Any]) -> tuple[str, str]:
    """startDateTime and endDateTime, each optional, in the one written form, which sorts as the times do."""
    since, until = read_moment(given, "startDateTime"), read_moment(given, "endDateTime")
    if since and until and since > until:
        raise bad_params("startDateTime must be before endDateTime")
    return since or BEGINNING, until or END


def read_moment(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    text = _NO_FRACTION.sub(r"\1.000", _LOST_PLUS.sub(r"\1 +\2", value)) if isinstance(value, str) else ""
    if (moment := parse_date(text)) is None:
        raise bad_params(f"{name} must be written as yyyy-MM-dd HH:mm:ss [ZZ]")
    return write_date(moment)


def read_named_range(name: str, now: float) -> tuple[str, str]:
    """Days of UTC."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today_text, day = write_date(today), timedelta(days=1)
    ranges = {
        "Today": (today_text, write_date(today + day)),
        "Yesterday": (write_date(today - day), today_text),
        "BeforeToday": (BEGINNING, today_text),
        "All": (BEGINNING, END),
    }
    if name not in ranges:
        raise bad_params("range must be one of " + ", ".join(ranges))
    return ranges[name]
