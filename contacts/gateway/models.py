"""How often each source reads from Iterable through us."""

from __future__ import annotations

from django.db import models

from iterable_admin.inbox.models import Source


class ReadCount(models.Model):
    """Reads of one source in one minute."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="read_counts")
    minute = models.BigIntegerField(help_text="Minutes since the epoch.")
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="one_read_count_a_minute")]

    def __str__(self) -> str:
        return f"{self.source} in minute {self.minute}: {self.calls}"
