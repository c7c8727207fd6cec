"""How long an expected event has been silent, counting only the hours in which it is expected."""

from __future__ import annotations

from datetime import datetime, timedelta

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
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # Seven days hold every weekday; the rest is for alarms longer than one day's hours.
    for _ in range(7 * (2 + int(alarm.hours))):
        heard += _watched(alarm, day, since, now)
        if day <= since or heard >= timedelta(hours=alarm.hours):
            break
        day -= DAY
    return heard


def _watched(alarm: SilenceAlarm, day: datetime, since: datetime, now: datetime) -> timedelta:
    if day.weekday() not in alarm.weekdays:
        return timedelta(0)
    starts = day.replace(hour=alarm.starts_at.hour, minute=alarm.starts_at.minute)
    ends = day + DAY if alarm.ends_at == MIDNIGHT else day.replace(hour=alarm.ends_at.hour, minute=alarm.ends_at.minute)
    return max(min(ends, now) - max(starts, since), timedelta(0))
