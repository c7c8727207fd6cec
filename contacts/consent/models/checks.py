"""How the rules as SQL and as Python compared over real people."""

from __future__ import annotations

from django.db import models


class ResolverCheck(models.Model):
    """One comparison. Anybody who differs is a defect of ours: a count or an explanation is wrong."""

    checked_at = models.DateTimeField(db_index=True)
    people = models.PositiveIntegerField(help_text="Drawn at random among the contacts.")
    verdicts = models.PositiveIntegerField(help_text="One for each person and message type.")
    differing = models.PositiveIntegerField(help_text="Verdicts that differ, twice in a row.")
    examples = models.JSONField(default=list, blank=True, help_text="The first of them: address key, type, both answers.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verdicts - self.differing:,} of {self.verdicts:,} verdicts agree"
