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
        permissions = [("export_list", "Can export a list as CSV")]
        indexes = [
            models.Index(fields=["-at"], name="operatoraction_newest"),
            # Readers: the filters of the audit page.
            models.Index(fields=["actor_name", "-at"], name="operatoraction_actor"),
            models.Index(fields=["verb", "-at"], name="operatoraction_verb"),
            # Reader: the history on the page of one thing.
            models.Index(fields=["subject", "-at"], name="operatoraction_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.verb} {self.subject}"


class BulkAction(models.Model):
    """An operation on many rows, carried out in the background: the row is the work, and its parts are what is left of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for a worker"
        RUNNING = "running", "under way"
        COMPLETED = "completed", "completed"
        CANCELLED = "cancelled", "cancelled"
        STOPPED = "stopped", "stopped"

    OPEN = (State.WAITING, State.RUNNING)

    model = models.CharField(max_length=100, help_text="Of the rows, such as outbox.delivery.")
    operation = models.CharField(max_length=64)
    label = models.CharField(max_length=100, help_text="The operation in words.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    reason = models.TextField()
    selection = models.JSONField(default=dict, help_text="The ids or the filter that chose the rows.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True, help_text="Why it stopped, and who acts next.")
    total = models.PositiveIntegerField(default=0, help_text="Rows chosen.")
    done = models.PositiveIntegerField(default=0, help_text="Rows touched.")
    left = models.JSONField(default=dict, help_text="Rows left alone, by reason.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    takes = models.PositiveSmallIntegerField(default=0, help_text="Workers that took it up since it last moved.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "id"], name="bulkaction_state")]

    def __str__(self) -> str:
        return f"bulk action {self.pk}"

    @property
    def left_alone(self) -> int:
        return sum(self.left.values())


class BulkPart(models.Model):
    """Some of the chosen rows, by their keys as they were shown. Once `settled` it is never gone through again."""

    bulk = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="parts")
    keys = models.JSONField(help_text="Of the rows to be touched.")
    settled = models.BooleanField(default=False)
    left = models.JSONField(default=dict, help_text="Keys of rows that were left alone, by reason.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["bulk", "settled", "id"], name="bulkpart_next")]

    def __str__(self) -> str:
        return f"part {self.pk} of {self.bulk_id}"
