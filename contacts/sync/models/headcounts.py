"""How many people there are, as counted now and then: going through a million of them would take a page seconds."""

from __future__ import annotations

from django.db import models


class Headcount(models.Model):
    """The newest one counts; older ones show how it went."""

    counted_at = models.DateTimeField()
    in_iterable = models.PositiveIntegerField(help_text="Profiles that Iterable has, as far as we know.")
    in_window = models.PositiveIntegerField(help_text="People whom the nightly sync last read.")
    left_behind = models.PositiveIntegerField(help_text="Of those it no longer reads: whose profile Iterable has.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["counted_at"], name="headcount_counted")]

    def __str__(self) -> str:
        return f"headcount {self.pk}"
