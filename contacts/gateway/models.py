"""How often each source reads from Iterable through us, and what it is told of its calls."""

from __future__ import annotations

from django.db import models

from iterable_admin.audit.notices import Notice
from iterable_admin.inbox.models import Event, Source
from iterable_admin.outbox.models import Delivery


class ReadCount(models.Model):
    """Reads of one source in one minute."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="read_counts")
    minute = models.BigIntegerField(help_text="Minutes since the epoch.")
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="one_read_count_a_minute")]

    def __str__(self) -> str:
        return f"{self.source} in minute {self.minute}: {self.calls}"


class Callback(Notice):
    """How one delivery of an event came out, for the caller. What it says is read from both when it is sent, and not kept."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "accepted by Iterable"
        SKIPPED = "skipped", "not sent"
        REFUSED = "refused", "refused, or given up"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="callbacks")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="callbacks")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    code = models.CharField(max_length=64, blank=True, help_text="The delivery's reason, as it was then.")

    class Meta:
        ordering = ["-id"]
        permissions = [("retry_callback", "Can retry callbacks")]
        indexes = [models.Index(fields=["state", "id"], name="callback_state")]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.delivery}"
