"""The right to be forgotten: what remains of a person is that they are to be left alone."""

from __future__ import annotations

from django.db import models


class Erasure(models.Model):
    """One forgotten person. Holds no address: only the two hashes by which a later event or sync knows them."""

    address_key = models.CharField(max_length=64, unique=True)
    iterable_hash = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the address, as Iterable keeps it.")
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
