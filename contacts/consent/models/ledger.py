"""The append-only ledger of what people said about being mailed, its seals, and the state that follows from it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contacts.consent.querysets import LedgerQuerySet


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
    target_key = models.CharField(
        max_length=200,
        blank=True,
        help_text="Iterable's id of the channel, type or list, or its name where the id was not known yet.",
    )
    target_name = models.CharField(max_length=200, blank=True, help_text="Its name at the time.")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    basis = models.CharField(max_length=16, choices=Basis.choices)
    occurred_at = models.DateTimeField(help_text="In the world.")
    received_at = models.DateTimeField(help_text="When we learnt of it.")
    dated_by = models.CharField(max_length=32, help_text="How occurred_at was found: caller, receipt, latest, earliest.")
    source = models.CharField(max_length=100)
    cause = models.CharField(max_length=16, help_text="event, delivery, import, export, address or operator")
    cause_id = models.CharField(max_length=64)
    actor = models.CharField(max_length=150, blank=True)
    policy = models.CharField(max_length=32, blank=True, help_text="Version of the rules under which it was recorded.")
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by")
    previous_hash = models.CharField(
        max_length=64, blank=True, help_text="Of the same address's row before; empty for its first."
    )
    hash = models.CharField(max_length=64, help_text="SHA-256 over this row and the hash before.")

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
                fields=["address_key", "cause", "cause_id", "target", "target_key", "verdict"], name="ledger_once_per_cause"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.target_name or self.get_target_display()}"


class SubscriptionState(models.Model):
    """Where one address stands with one target: the latest moment of each kind of act, and the row behind it.

    A cache: the same follows from the ledger at any time (`manage.py rebuild_consent`). Latest moments merge in any order.
    """

    address_key = models.CharField(max_length=64)
    target = models.CharField(max_length=16, choices=SubscriptionChange.Target.choices)
    target_key = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.BigIntegerField(null=True, blank=True, help_text="The ledger row.")
    granted_at = models.DateTimeField(null=True, blank=True, help_text="By an act of the person or of an operator.")
    granted_by = models.BigIntegerField(null=True, blank=True)
    derived_at = models.DateTimeField(null=True, blank=True, help_text="Derived, or imported: never lifts a withdrawal.")
    derived_by = models.BigIntegerField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    expired_by = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["address_key", "target", "target_key"], name="one_state_a_target")]
        # Reader: the resolver, which joins everybody who said anything of one target.
        indexes = [models.Index(fields=["target", "target_key"], name="state_of_target")]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.target_key} of {self.address_key[:8]}"


class LedgerSeal(models.Model):
    """The rows up to `last_id` as they stood at one moment, chained to the seal before. Append-only like the ledger."""

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    rows = models.PositiveBigIntegerField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 over the digest before and the hash of each row, by id.")
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"up to {self.last_id}"
