"""The right to be forgotten: what remains of a person is that they are to be left alone."""

from __future__ import annotations

from django.db import models


class Erasure(models.Model):
    """One forgotten person. Holds no address: only the two hashes by which a later event or sync knows them."""

    address_key = models.CharField(max_length=64, unique=True)
    iterable_hash = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="SHA-256 of the address, as Iterable keeps it; empty: a former address that no row told any more.",
    )
    user_lane = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        db_index=True,
        help_text="A keyed hash of the GitLab user id, for events that bring it alone.",
    )
    reason = models.TextField(help_text="Without the address.")
    requested_by = models.CharField(max_length=150)
    requested_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When Iterable took users/forget.")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When its hash stood in users/forgotten.")
    blanked = models.JSONField(default=dict, help_text="Rows blanked or removed, by kind.")
    blanked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("forget_person", "Can have a person forgotten"), ("export_person", "Can export all about a person")]

    def __str__(self) -> str:
        return f"forgotten ({self.address_key[:8]})"


class ForgottenElsewhere(models.Model):
    """A hash in Iterable's users/forgotten of somebody who was not erased here: in Iterable's own pages, or by another system."""

    class Kind(models.TextChoices):
        EMAIL = "email", "address"
        USER_ID = "user_id", "user id"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    iterable_hash = models.CharField(max_length=64, help_text="SHA-256, as Iterable gives it.")
    address_key = models.CharField(max_length=64, blank=True, help_text="Of the contact whom it means; empty: we know nobody.")
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = "person forgotten elsewhere"
        verbose_name_plural = "people forgotten elsewhere"
        constraints = [models.UniqueConstraint(fields=["kind", "iterable_hash"], name="one_row_a_forgotten_hash")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.iterable_hash[:8]}"
