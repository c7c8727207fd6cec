"""When a subscription change happened, read so that no doubt about the time can undo a withdrawal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from contacts.intake.dates import read_date, read_local
from contacts.intake.reading import Unreadable

# The same wall clock time comes last here, and first there.
LATEST_ZONE = timezone(timedelta(hours=-12))
EARLIEST_ZONE = timezone(timedelta(hours=14))
IN_THE_FUTURE = "in the future, taken as receipt"
UNREADABLE = "not a time, taken as receipt"

DatedBy = Literal["caller", "receipt", "latest", "earliest"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    at: datetime
    dated_by: DatedBy
    flag: str = ""


def date_change(value: Any, received_at: datetime, *, withdrawal: bool) -> Occurrence:
    """A withdrawal whose time cannot be read is dated by its receipt, the latest there is; a grant is not read at all."""
    try:
        local = read_local(value)
    except Unreadable:
        if not withdrawal:
            raise
        return Occurrence(received_at, "receipt", UNREADABLE)
    if local is None:
        return Occurrence(received_at, "receipt")
    at, dated_by = _in_zone(_at_end_of_day(local, value, withdrawal), withdrawal)
    if at > received_at:
        return Occurrence(received_at, "receipt", IN_THE_FUTURE)
    return Occurrence(at.astimezone(UTC), dated_by)


def _at_end_of_day(local: datetime, value: Any, withdrawal: bool) -> datetime:
    """A bare date is any moment of its day: the last for a withdrawal, the first for a grant."""
    bare = local.tzinfo is None and isinstance(value, str) and read_date(value)[0] == value.strip()
    return datetime.combine(local, time.max) if bare and withdrawal else local


def _in_zone(local: datetime, withdrawal: bool) -> tuple[datetime, DatedBy]:
    if local.tzinfo is not None:
        return local, "caller"
    if settings.MARKETO_TIME_ZONE:
        # The hour that comes twice when clocks are set back: its second coming for a withdrawal.
        zone: tzinfo = ZoneInfo(settings.MARKETO_TIME_ZONE)
        return local.replace(tzinfo=zone, fold=int(withdrawal)).astimezone(UTC), "caller"
    return (local.replace(tzinfo=LATEST_ZONE), "latest") if withdrawal else (local.replace(tzinfo=EARLIEST_ZONE), "earliest")
