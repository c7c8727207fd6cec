"""Events by the hour, for the dashboard: counted by the clock, so that a page never counts a day's or a week's events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from iterable_admin.inbox.models import Event, EventHour

# A week and the day before it, with which the first day is compared.
HOURS = 8 * 24
HOUR = timedelta(hours=1)
FRESH = 2 * HOUR
# At a new installation, or after a week without a worker, the rest comes with the next minutes.
MOST_AT_ONCE = 24


def count_hours() -> int:
    """For the clock, each minute. Returns how many hours were counted.

    Events of an hour change state for days (replayed, mended), so every hour is counted again, the older the rarer: about
    four hours a minute, by the index of receipt. A count of the whole week would read a million events each time, and a
    count kept with each change of an event would make the pipes wait for one row.
    """
    now = timezone.now()
    rows = [_counted(hour, now) for hour in _due(now)]
    EventHour.objects.bulk_create(rows, update_conflicts=True, unique_fields=["hour"], update_fields=["counts", "counted_at"])
    EventHour.objects.filter(hour__lt=beginning(now) - HOURS * HOUR).delete()
    return len(rows)


def beginning(moment: datetime) -> datetime:
    """Of the hour in which it lies."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _due(now: datetime) -> list[datetime]:
    counted = dict(EventHour.objects.values_list("hour", "counted_at"))
    return [hour for hour in _newest_first(now) if _is_due(hour, counted.get(hour), now)][:MOST_AT_ONCE]


def _newest_first(now: datetime) -> Iterator[datetime]:
    return (beginning(now) - back * HOUR for back in range(HOURS))


def _is_due(hour: datetime, counted_at: datetime | None, now: datetime) -> bool:
    return counted_at is None or now - hour < FRESH or now - counted_at > (now - hour) / 24


def _counted(hour: datetime, now: datetime) -> EventHour:
    events = Event.objects.filter(received_at__gte=hour, received_at__lt=hour + HOUR).order_by()
    return EventHour(hour=hour, counts=dict(events.values_list("state").annotate(Count("pk"))), counted_at=now)
