"""Who may be mailed: Iterable's channels and message types, and the append-only ledger of what people said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contacts.consent.querysets import LedgerQuerySet


class Channel(models.Model):
    """A medium and purpose in Iterable. Its id is learnt by name."""

    name = models.CharField(max_length=200, unique=True)
    iterable_id = models.BigIntegerField(null=True, blank=True, unique=True)
    channel_type = models.CharField(max_length=32, blank=True, help_text="Marketing or Transactional.")
    medium = models.CharField(max_length=32, blank=True)
    notes = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MessageType(models.Model):
    """What a message is about, with its own policy. It belongs to one channel; a channel's opt-out beats it."""

    class Policy(models.TextChoices):
        OPT_IN = "OptIn", "opt-in"
        OPT_OUT = "OptOut", "opt-out"

    name = models.CharField(max_length=200, unique=True)
    iterable_id = models.BigIntegerField(null=True, blank=True, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="message_types")
    # Not a closed set: SMS double opt-in exists in the product and its word is not published.
    policy = models.CharField(max_length=32, choices=Policy.choices)
    do_not_use = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["channel__name", "name"]

    def __str__(self) -> str:
        return self.name


class SubscriptionChange(models.Model):
    """One act or fact about what an address may be sent. Append-only; holds no address and no free text."""

    class Target(models.TextChoices):
        ALL_MARKETING = "all_marketing", "all marketing"
        CHANNEL = "channel", "channel"
        MESSAGE_TYPE = "message_type", "message type"
        LIST = "list", "list"

    class Verdict(models.TextChoices):
        GRANTED = "granted", "granted"
        WITHDRAWN = "withdrawn", "withdrawn"
        CONFIRMED = "confirmed", "confirmed (double opt-in)"
        IMPORTED = "imported", "imported"
        EXPIRED = "expired", "expired"
        EFFECTIVE = "effective", "effective in Iterable"

    class Basis(models.TextChoices):
        EXPLICIT = "explicit", "an act of the person"
        DERIVED = "derived", "derived from a form"
        OPERATOR = "operator", "an operator with a reason"
        SYSTEM = "system", "observed"

    address_key = models.CharField(max_length=64)
    target = models.CharField(max_length=16, choices=Target.choices)
    target_name = models.CharField(max_length=200, blank=True, help_text="Name of the channel, type or list.")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    basis = models.CharField(max_length=16, choices=Basis.choices)
    occurred_at = models.DateTimeField(help_text="In the world.")
    received_at = models.DateTimeField(help_text="When we learnt of it.")
    dated_by = models.CharField(max_length=32, help_text="How occurred_at was found: caller, receipt, latest, earliest.")
    source = models.CharField(max_length=100)
    cause = models.CharField(max_length=16, help_text="event, delivery, import or operator")
    cause_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=150, blank=True)
    policy = models.CharField(max_length=32, blank=True, help_text="Version of the rules under which it was recorded.")
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["address_key", "target", "occurred_at"], name="ledger_of_address"),
            models.Index(fields=["supersedes"], name="ledger_effective", condition=Q(verdict="effective")),
            models.Index(fields=["-received_at"], name="ledger_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "cause_id", "target", "target_name", "verdict"], name="ledger_once_per_cause"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.target_name or self.get_target_display()}"
