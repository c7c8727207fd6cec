"""Which events are expected, and how long they may be silent."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

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


class SilenceAlarm(models.Model):
    """So many hours without one event of a type are an alarm, counted on some weekdays, between two hours, in UTC."""

    event_name = models.CharField(max_length=255, unique=True, help_text="The event type's name.")
    hours = models.FloatField(default=3, validators=[MinValueValidator(0.1)], help_text="Silent for so long is an alarm.")
    weekdays = models.JSONField(default=working_days, validators=[check_weekdays], help_text="0 is Monday, 6 is Sunday; in UTC.")
    starts_at = models.TimeField(default=MIDNIGHT, help_text="Of a day, in UTC.")
    ends_at = models.TimeField(default=MIDNIGHT, help_text="Of a day, in UTC; 00:00 is its end.")
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

    def begun(self, last: datetime | None) -> datetime:
        """From when the silence counts."""
        return max(last, self.created_at) if last else self.created_at
