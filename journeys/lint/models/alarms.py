"""Which events are expected, and how long they may be silent."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

MIDNIGHT = time(0)
WORKING_DAYS = (0, 1, 2, 3, 4)


def working_days() -> list[int]:
    return list(WORKING_DAYS)


def check_weekdays(value: Any) -> None:
    if not isinstance(value, list) or not value or not set(value) <= set(range(7)):
        raise ValidationError("Give a list of days like [0, 1, 2, 3, 4]: 0 is Monday, 6 is Sunday.")


def check_days_off(value: Any) -> None:
    try:
        plain = isinstance(value, list) and all(date.fromisoformat(day).isoformat() == day for day in value)
    except (TypeError, ValueError):
        plain = False
    if not plain:
        raise ValidationError('Give a list of dates like ["2026-12-25", "2027-01-01"].')


def check_time_zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as problem:
        raise ValidationError("No such time zone: give one like UTC, Europe/Berlin or America/New_York.") from problem


class SilenceAlarm(models.Model):
    """So many hours without one event of a type are an alarm, counted on working days, between two hours, in a time zone."""

    event_name = models.CharField(max_length=255, unique=True, help_text="The event type's name.")
    hours = models.FloatField(default=3, validators=[MinValueValidator(0.1)], help_text="Silent for so long is an alarm.")
    weekdays = models.JSONField(default=working_days, validators=[check_weekdays], help_text="0 is Monday, 6 is Sunday.")
    days_off = models.JSONField(
        default=list,
        db_default=models.Value([], output_field=models.JSONField()),
        blank=True,
        validators=[check_days_off],
        help_text='Dates that do not count, like ["2026-12-25"].',
    )
    starts_at = models.TimeField(default=MIDNIGHT, help_text="Of a day.")
    ends_at = models.TimeField(default=MIDNIGHT, help_text="Of a day; 00:00 is its end.")
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        db_default="UTC",
        validators=[check_time_zone],
        help_text="Of the days and hours, like America/New_York.",
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, help_text="What never came is waited for from here.")
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["event_name"]

    def __str__(self) -> str:
        return f"{self.event_name}: {self.hours:g} h"

    def clean(self) -> None:
        if self.ends_at != MIDNIGHT and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "The end comes after the start, on the same day; 00:00 is the end of the day."})

    def watches(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day.isoformat() not in self.days_off

    def begun(self, last: datetime | None) -> datetime:
        """From when the silence counts."""
        return max(last, self.created_at) if last else self.created_at
