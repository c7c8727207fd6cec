"""Times as Iterable writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# Forms that make or feed a date field; a fraction is known only with the T, and "2020-04-13 14:04:09.000" is plain text.
DATE_FORMS = re.compile(
    r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?: [+-]\d\d:\d\d)?|T\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:?\d\d))?", re.ASCII
)


def parse_date(text: str) -> datetime | None:
    if not DATE_FORMS.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def write_date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S +00:00")


def write_epoch(seconds: float) -> str:
    return write_date(datetime.fromtimestamp(seconds, UTC))


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def to_seconds(created_at: int) -> int:
    """Event times come in seconds from most clients and in milliseconds from some; both work."""
    return created_at // 1000 if created_at > 100_000_000_000 else created_at
