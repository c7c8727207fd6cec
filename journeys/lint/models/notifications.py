"""What has to be told outside: committed with the change it tells of, sent afterwards, tried again until it is out."""

from __future__ import annotations

from django.db import models

from iterable_admin.audit.notices import Notice
from journeys.lint.models.findings import LintFinding


class Notification(Notice):
    """One change of one finding, by one way. Holds no address of anybody the finding is about."""

    class Change(models.TextChoices):
        NEW = "new", "new"
        WORSE = "worse", "worse"
        REOPENED = "reopened", "open again"
        RESOLVED = "resolved", "resolved"

    finding = models.ForeignKey(LintFinding, on_delete=models.CASCADE, related_name="notifications")
    change = models.CharField(max_length=16, choices=Change.choices)
    severity = models.CharField(max_length=1)
    text = models.TextField(help_text="As it was at the change.")
    exposed = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("retry_notification", "Can retry notifications")]
        indexes = [models.Index(fields=["state", "id"], name="notification_state")]

    def __str__(self) -> str:
        return f"{self.get_change_display()}: {self.text}"[:120]
