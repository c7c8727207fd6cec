"""Events by the hour: counted by the clock, again as long as they may change, and forgotten after a week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from iterable_admin.inbox.hours import HOURS, MOST_AT_ONCE, count_hours
from iterable_admin.inbox.models import Event, EventHour
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def counts(back: int) -> dict[str, int]:
    hour = NOON.replace(minute=0) - back * HOUR
    return dict(EventHour.objects.values_list("counts", flat=True).get(hour=hour))


def test_each_hour_has_its_events_by_state() -> None:
    for minutes, state in ((0, "done"), (29, "done"), (31, "skipped"), (90, "rejected"), (91, "done")):
        EventFactory.create(received_at=NOON - timedelta(minutes=minutes), state=state)
    with time_machine.travel(NOON, tick=False):
        count_hours()
    assert (counts(0), counts(1), counts(2)) == ({"done": 2}, {"skipped": 1, "rejected": 1}, {"done": 1})


def test_the_rest_comes_with_the_next_minutes() -> None:
    for minute in range(HOURS // MOST_AT_ONCE):
        with time_machine.travel(NOON + minute * timedelta(minutes=1), tick=False):
            count_hours()
    assert EventHour.objects.count() >= HOURS - 8 * 4
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert count_hours() < MOST_AT_ONCE


def test_the_newest_are_counted_each_minute_and_old_ones_when_they_are_due() -> None:
    event = EventFactory.create(received_at=NOON - 12 * HOUR, state="needs_you")
    with time_machine.travel(NOON, tick=False):
        count_hours()
    Event.objects.filter(pk=event.pk).update(state="done")
    EventFactory.create(received_at=NOON + timedelta(seconds=20), state="received")
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        count_hours()
    assert (counts(0), counts(12)) == ({"received": 1}, {"needs_you": 1})
    for minutes in range(31, 39):
        with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
            count_hours()
    assert counts(12) == {"done": 1}


def test_what_is_older_than_is_shown_is_forgotten() -> None:
    with time_machine.travel(NOON, tick=False):
        count_hours()
    with time_machine.travel(NOON + 9 * timedelta(days=1), tick=False):
        count_hours()
    assert not EventHour.objects.filter(hour__lte=NOON).exists()
