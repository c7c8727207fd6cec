"""Who is responsible, and who did what, when and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Dri(models.Model):
    """A directly responsible individual for one role; a role without a person is vacant and stays visible."""

    class Role(models.TextChoices):
        BUSINESS_OWNER = "business_owner", "Business owner"
        TECHNICAL_OWNER = "technical_owner", "Technical owner"
        CAMPAIGNS_OWNER = "campaigns_owner", "Campaigns owner"

    role = models.CharField(max_length=32, choices=Role.choices, unique=True)
    name = models.CharField(max_length=200, blank=True, help_text="Leave empty while the role is vacant.")
    email = models.EmailField(blank=True)
    notes = models.TextField(blank=True, help_text="For instance who held the role before, and until when.")

    class Meta:
        ordering = ["role"]
        verbose_name = "DRI"
        verbose_name_plural = "DRIs"

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.name or 'vacant'}"

    @property
    def vacant(self) -> bool:
        return not self.name


class OperatorAction(models.Model):
    """One thing an operator did to rows or switches. Append-only: neither the admin nor the code changes one."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, help_text="Kept beside the account, which may be renamed.")
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=200, help_text="What it was done to: a kind of row, one row, a switch.")
    selection = models.JSONField(default=dict, help_text="The ids or the filter that chose the rows.")
    count = models.PositiveIntegerField(default=1)
    reason = models.TextField()
    result = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at"], name="operatoraction_newest"),
            # Reader: the history on the page of one thing.
            models.Index(fields=["subject", "-at"], name="operatoraction_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.verb} {self.subject}"
