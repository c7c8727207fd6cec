"""Which accounts are kept in sync: those created lately, so that Iterable's storage stays bounded."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from dateutil.relativedelta import relativedelta


def window_start(today: date, months: int) -> datetime:
    """00:00 UTC of `today` minus whole calendar months, clamped to the month's last day: 30 April minus 2 is 28 February."""
    return datetime.combine(today - relativedelta(months=months), time(), tzinfo=UTC)
