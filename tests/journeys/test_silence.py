"""The alarm on silence: counted on the days and hours on which an event is expected."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from iterable_admin.inbox.models import Event
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding, Notification, SilenceAlarm
from journeys.lint.registry import Found
from journeys.lint.rules.silences import EVT01
from journeys.lint.running import lint
from journeys.lint.silence import silent_for
from journeys.models import Journey
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 3, 13, 22, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, tzinfo=UTC)


def alarm(**given: Any) -> SilenceAlarm:
    return SilenceAlarm.objects.create(event_name="SaaS Trials", created_at=FRIDAY - timedelta(days=30), **given)


def heard(at: datetime, **given: Any) -> None:
    EventFactory.create(name="SaaS Trials", received_at=at, **given)


def silent(now: datetime) -> list[Found]:
    return list(EVT01().find(Ground(now)))


@pytest.mark.parametrize(("hour", "alarms"), [(0.5, 0), (0.99, 0), (1, 1), (3, 1)])
def test_a_weekend_does_not_count(hour: float, alarms: int) -> None:
    alarm()
    heard(FRIDAY)
    assert len(silent(MONDAY + timedelta(hours=hour))) == alarms


@pytest.mark.parametrize(("now", "alarms"), [(time(10, 59), 0), (time(11, 0), 1), (time(21, 0), 1)])
def test_only_the_hours_of_a_day_count_on_which_it_is_expected(now: time, alarms: int) -> None:
    alarm(hours=4, starts_at=time(9), ends_at=time(17))
    heard(FRIDAY.replace(hour=15))
    assert len(silent(datetime.combine(MONDAY, now, UTC))) == alarms


@pytest.mark.parametrize(("hour", "alarms"), [(6.9, 0), (7, 1)])
def test_the_days_begin_and_end_in_the_alarms_time_zone(hour: float, alarms: int) -> None:
    """Monday begins in New York four hours after it began in UTC, clocks having changed the week before."""
    alarm(time_zone="America/New_York")
    heard(FRIDAY + timedelta(hours=6))
    assert len(silent(MONDAY + timedelta(hours=hour))) == alarms


def test_a_day_on_which_clocks_change_has_its_true_length() -> None:
    """The last Sunday of March has 23 hours in Berlin."""
    sunday = datetime(2026, 3, 28, 23, tzinfo=UTC)
    row = alarm(time_zone="Europe/Berlin", weekdays=[6], hours=23.5)
    heard(sunday - timedelta(days=1))
    assert silent_for(row, sunday - timedelta(days=1), sunday + timedelta(days=2)) == timedelta(hours=23)


def test_days_off_do_not_count() -> None:
    alarm(days_off=["2026-03-16"])
    heard(FRIDAY)
    assert silent(MONDAY + timedelta(hours=23)) == []
    assert len(silent(MONDAY + timedelta(days=1, hours=1))) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"time_zone": "Mars"}, {"time_zone": "../etc"}, {"days_off": ["Christmas"]}, {"days_off": [1]}, {"days_off": "2026-12-25"}],
)
def test_an_alarm_with_no_such_zone_or_day_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SilenceAlarm(event_name="SaaS Trials", **wrong).full_clean()


def test_a_rejected_event_breaks_no_silence_and_one_that_never_came_counts_from_the_alarm() -> None:
    row = alarm()
    heard(MONDAY + timedelta(hours=9), state=Event.State.REJECTED)
    assert len(silent(MONDAY + timedelta(hours=10))) == 1
    row.created_at = MONDAY + timedelta(hours=8)
    row.save()
    assert silent(MONDAY + timedelta(hours=10)) == []


def test_the_alarm_names_the_journeys_that_starve_and_is_told_with_its_recovery(settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    Journey.objects.create(name="Trial Onboarding", trigger_event="SaaS Trials", enabled=True, workflow_id=1)
    Journey.objects.create(name="Switched off", trigger_event="SaaS Trials", enabled=False, workflow_id=2)
    alarm()
    heard(MONDAY + timedelta(hours=6))
    for hour in (8, 10, 11):
        with time_machine.travel(MONDAY + timedelta(hours=hour), tick=False):
            lint("schedule", quick=True)
    finding = LintFinding.objects.get(code="EVT01")
    assert finding.evidence["starving"] == ["Trial Onboarding"]
    heard(MONDAY + timedelta(hours=11))
    with time_machine.travel(MONDAY + timedelta(hours=11, minutes=5), tick=False):
        lint("schedule", quick=True)
    assert list(Notification.objects.order_by("pk").values_list("change", flat=True)) == ["new", "resolved"]
