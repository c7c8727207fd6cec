"""What was seen of people in Iterable. Never inferred from the ledger, and the ledger never from it."""

from __future__ import annotations

from typing import Any

from django.db import models


def ids() -> Any:
    """A column for a profile's array of channel, message type or list ids; empty where Iterable keeps none."""
    return models.JSONField(default=list)


class Profile(models.Model):
    """The four arrays from which Iterable derives whom it mails."""

    present = models.BooleanField(default=True, help_text="Whether Iterable had the person.")
    list_ids = ids()
    unsubscribed_channel_ids = ids()
    unsubscribed_message_type_ids = ids()
    subscribed_message_type_ids = ids()
    observed_at = models.DateTimeField(help_text="When it was so in Iterable.")
    source = models.CharField(max_length=16, help_text="look_up, webhook, export, import or accepted.")
    cause_id = models.CharField(max_length=64, blank=True, help_text="The event, delivery or run behind it.")

    class Meta:
        abstract = True


class ProfileObservation(Profile):
    """One sight of one profile that differs from the sight before. Append-only."""

    address_key = models.CharField(max_length=64)
    received_at = models.DateTimeField(help_text="When we learnt of it.")
    lost_channel_ids = models.JSONField(
        default=list,
        db_default=models.Value([], output_field=models.JSONField()),
        help_text="Channels that the person was unsubscribed from at the sight before, and is no longer.",
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["address_key", "-observed_at", "-id"], name="observation_of_address"),
            # Reader: the look at people of whom a webhook told a part.
            models.Index(fields=["received_at"], name="observation_by_webhook", condition=models.Q(source="webhook")),
        ]

    def __str__(self) -> str:
        return f"{self.address_key[:8]} at {self.observed_at:%Y-%m-%d %H:%M}"


class ObservedProfile(Profile):
    """The latest observation of each address: a cache of ProfileObservation."""

    address_key = models.CharField(max_length=64, primary_key=True)
    observation = models.ForeignKey(ProfileObservation, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(help_text="Last seen like this.")

    def __str__(self) -> str:
        return f"{self.address_key[:8]} since {self.observed_at:%Y-%m-%d %H:%M}"


class AddressReport(models.Model):
    """What came back from an address: a bounce, a complaint, or the provider's suppression. Append-only."""

    class Kind(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", "hard bounce"
        SOFT_BOUNCE = "soft_bounce", "soft bounce"
        COMPLAINT = "complaint", "complaint"
        SUPPRESSED = "suppressed", "suppressed by the provider"

    address_key = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    campaign_id = models.BigIntegerField(null=True, blank=True)
    message_type_id = models.BigIntegerField(null=True, blank=True, help_text="Iterable's id.")
    cause = models.CharField(max_length=16, help_text="event, export or import")
    cause_id = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["address_key", "kind"], name="report_of_address"),
            models.Index(fields=["-occurred_at"], name="report_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["cause", "cause_id", "kind"], name="report_once_per_cause")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.address_key[:8]}"
