"""What has to be told about a sync (SyncTrigger), when it was so (SyncAlert), and to whom it was told (SyncNotice)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q

from contacts.sync.models.definitions import SyncDefinition
from iterable_admin.addresses import is_email, normalise_email
from iterable_admin.audit.notices import Notice
from iterable_admin.outbox.connection import is_loopback


def https_or_loopback(url: str) -> None:
    """What is told of people's data goes nowhere in the clear."""
    URLValidator(schemes=["http", "https"])(url)
    if urlsplit(url).scheme.lower() != "https" and not is_loopback(url):
        raise ValidationError("Write https://…; http is for this machine alone.")


class SyncTrigger(models.Model):
    """One thing that may go wrong with one definition."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", "no run finished for so many hours"
        FAILED = "failed", "the latest run failed, or its credentials were refused"
        STOPPED = "stopped", "a guard stopped the latest run, which waits for a person"
        FAILED_ROWS = "failed_rows", "more than so many % of the rows failed"

    class Level(models.TextChoices):
        WARNING = "warning", "warning"
        CRITICAL = "critical", "critical"

    definition = models.ForeignKey(SyncDefinition, on_delete=models.CASCADE, related_name="triggers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    level = models.CharField(max_length=16, choices=Level.choices, default=Level.CRITICAL)
    enabled = models.BooleanField(default=True)
    threshold = models.PositiveSmallIntegerField(
        default=0, validators=[MinValueValidator(0), MaxValueValidator(1_000)], help_text="Hours, or % of the rows read."
    )
    recipients = models.TextField(blank=True, help_text="Addresses, one a line. Empty: the technical owner.")
    webhook_url = models.CharField(
        blank=True,
        max_length=500,
        validators=[https_or_loopback],
        help_text="https, or http to this machine.",
    )
    muted_until = models.DateTimeField(null=True, blank=True, help_text="Until then it is shown here and told to nobody.")
    muted_by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True, help_text="Why it is muted.")
    since = models.DateTimeField(auto_now_add=True, editable=False)
    """From when it is watched without a break: what never finished is waited for from here."""

    class Meta:
        ordering = ["definition", "kind"]
        constraints = [models.UniqueConstraint(fields=["definition", "kind"], name="one_trigger_a_kind")]

    def __str__(self) -> str:
        return f"{self.definition}: {self.what}"

    def clean(self) -> None:
        if wrong := [address for address in self.recipients.split() if not is_email(normalise_email(address))]:
            raise ValidationError({"recipients": f"{wrong[0]} is no address: write them one a line, with nothing between."})
        if self.kind == self.Kind.OVERDUE and not self.threshold:
            raise ValidationError({"threshold": "Without an hour to finish in, it would always be overdue."})

    @property
    def what(self) -> str:
        return self.get_kind_display().replace("so many", str(self.threshold))

    @property
    def watched(self) -> bool:
        return self.enabled and self.definition.enabled

    def is_muted(self, now: datetime) -> bool:
        return self.muted_until is not None and self.muted_until > now


class SyncAlert(models.Model):
    """One time for which a trigger fired. Append-only but for its end."""

    trigger = models.ForeignKey(SyncTrigger, on_delete=models.CASCADE, related_name="alerts")
    sentence = models.TextField()
    fired_at = models.DateTimeField()
    recovered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["trigger"], condition=Q(recovered_at=None), name="one_open_alert_a_trigger")
        ]

    def __str__(self) -> str:
        return self.sentence


class SyncNotice(Notice):
    """One change of one alert, by one way."""

    class Change(models.TextChoices):
        FIRED = "fired", "fired"
        RECOVERED = "recovered", "recovered"

    alert = models.ForeignKey(SyncAlert, on_delete=models.CASCADE, related_name="notices")
    change = models.CharField(max_length=16, choices=Change.choices)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["alert", "change", "way"], name="one_notice_a_change")]

    def __str__(self) -> str:
        return f"{self.get_change_display()}: {self.alert}"
