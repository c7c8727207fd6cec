"""Where one person stands in one sync: what was read of them, and what Iterable last accepted."""

from __future__ import annotations

from django.db import models

from contacts.sync.models.definitions import SyncDefinition


class SyncState(models.Model):
    """Both sides of the comparison, kept for everybody who was ever read."""

    class Gone(models.TextChoices):
        LEFT = "left", "left the window"
        VANISHED = "vanished", "vanished from the source"

    # One of its indexes begins with it.
    definition = models.ForeignKey(SyncDefinition, on_delete=models.CASCADE, related_name="states", db_index=False)
    address_key = models.CharField(max_length=64)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Of what Iterable last accepted; empty: nothing, or no longer."
    )
    accepted = models.JSONField(default=dict, help_text="The fields as accepted; blanked by erasure.")
    accepted_at = models.DateTimeField(null=True, blank=True)

    text_digest = models.CharField(max_length=32, blank=True, help_text="Of the row as it was last read, to the letter.")
    digest = models.CharField(max_length=32, blank=True, help_text="Of the same without the order of keys, objects and repeats.")
    wanted = models.CharField(max_length=64, blank=True, help_text="Fingerprint of what Iterable should hold by that row.")
    outcome = models.CharField(max_length=64, blank=True, help_text="Why it is not sent, as last decided; empty: it is.")
    account_created_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True, help_text="When it was first read, or came back.")
    gone = models.CharField(max_length=8, choices=Gone.choices, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # By address first: it serves those who ask for somebody in all definitions, too.
        constraints = [
            models.UniqueConstraint(
                fields=["address_key", "definition"],
                name="one_sync_state_each",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            )
        ]
        indexes = [
            models.Index(fields=["definition", "entered_at"], name="syncstate_entered"),
            models.Index(fields=["definition", "gone_at"], name="syncstate_gone", condition=models.Q(gone_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.address_key[:8]
