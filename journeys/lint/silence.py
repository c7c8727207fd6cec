"""How long an expected event has been silent, counting only the hours in which it is expected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from iterable_admin.inbox.models import Event
from journeys.lint.models import SilenceAlarm
from journeys.lint.models.alarms import MIDNIGHT

DAY = timedelta(days=1)


def last_received(alarm: SilenceAlarm) -> datetime | None:
    """What was rejected starts no journey."""
    rows = Event.objects.filter(name=alarm.event_name).exclude(state=Event.State.REJECTED)
    return rows.order_by("-id").values_list("received_at", flat=True).first()


def silent_for(alarm: SilenceAlarm, since: datetime, now: datetime) -> timedelta:
    """The watched part of the time from `since` to `now`; no further back than is needed for an alarm."""
    heard = timedelta(0)
    zone = ZoneInfo(alarm.time_zone)
    day = now.astimezone(zone).date()
    # Seven days hold every weekday; the rest is for alarms longer than one day's hours, and for days off.
    for _ in range(7 * (2 + int(alarm.hours)) + len(alarm.days_off)):
        starts, ends = _hours(alarm, day, zone)
        if alarm.watches(day):
            heard += max(min(ends, now) - max(starts, since), timedelta(0))
        if starts <= since or heard >= timedelta(hours=alarm.hours):
            break
        day -= DAY
    return heard


def _hours(alarm: SilenceAlarm, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """In UTC, where a day on which clocks change has its true length."""
    last = day + DAY if alarm.ends_at == MIDNIGHT else day
    moments = datetime.combine(day, alarm.starts_at, zone), datetime.combine(last, alarm.ends_at, zone)
    return moments[0].astimezone(UTC), moments[1].astimezone(UTC)
