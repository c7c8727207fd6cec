"""What has to be told outside: committed with the change it tells of, sent afterwards, tried again until it is out."""

from __future__ import annotations

from django.db import models

from journeys.lint.models.findings import LintFinding


class Notification(models.Model):
    """One change of one finding, by one way. Holds no address of anybody the finding is about."""

    class Way(models.TextChoices):
        EMAIL = "email", "email"
        WEBHOOK = "webhook", "webhook"

    class Change(models.TextChoices):
        NEW = "new", "new"
        WORSE = "worse", "worse"
        REOPENED = "reopened", "open again"
        RESOLVED = "resolved", "resolved"

    class State(models.TextChoices):
        READY = "ready", "ready"
        SENDING = "sending", "being sent"
        WAITING = "waiting", "will be tried again"
        DELIVERED = "delivered", "delivered"
        NEEDS_YOU = "needs_you", "needs you"

    OPEN = (State.READY, State.WAITING, State.SENDING)

    finding = models.ForeignKey(LintFinding, on_delete=models.CASCADE, related_name="notifications")
    way = models.CharField(max_length=16, choices=Way.choices)
    change = models.CharField(max_length=16, choices=Change.choices)
    severity = models.CharField(max_length=1)
    text = models.TextField(help_text="As it was at the change.")
    exposed = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("retry_notification", "Can retry notifications")]
        indexes = [models.Index(fields=["state", "id"], name="notification_state")]

    def __str__(self) -> str:
        return f"{self.get_change_display()}: {self.text}"[:120]
