"""Wake-ups: one row for each pipe that says whether somebody has been told that there is work."""

from __future__ import annotations

from django.db import models


class WakeUp(models.Model):
    """The flag that makes a burst of a thousand events a handful of tasks, and the heartbeat of the pipe."""

    name = models.CharField(max_length=32, primary_key=True)
    pending = models.BooleanField(default=False)
    asked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "wake-up"

    def __str__(self) -> str:
        return self.name
