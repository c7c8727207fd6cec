"""Campaigns and templates as Iterable has them, and what changed when."""

from __future__ import annotations

from typing import Any

from django.db import models


def listed() -> Any:
    return models.JSONField(default=list, blank=True)


class Mirrored(models.Model):
    """What every copy has; `notes` alone is ours."""

    iterable_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(null=True, blank=True, help_text="In Iterable.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="In Iterable.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or str(self.iterable_id)


class Template(Mirrored):
    """What a message says; its message type decides who may get it."""

    message_type_id = models.BigIntegerField(null=True, blank=True, help_text="Iterable's id.")
    template_type = models.CharField(max_length=32, blank=True, help_text="Base, Blast, Triggered or Workflow.")
    medium = models.CharField(max_length=32, blank=True)
    campaign_id = models.BigIntegerField(null=True, blank=True, help_text="Iterable's id.")
    client_template_id = models.CharField(max_length=255, blank=True)
    creator = models.CharField(max_length=254, blank=True)
    html = models.TextField(blank=True, help_text="Of email templates in use.")
    html_of = models.DateTimeField(null=True, blank=True, help_text="The change in Iterable as of which the HTML was read.")

    class Meta:
        ordering = ["name", "iterable_id"]
        indexes = [models.Index(fields=["message_type_id"], name="template_message_type")]


class Campaign(Mirrored):
    """One mailing: a blast, or a step of a journey (`workflow_id`)."""

    BLAST, TRIGGERED = "Blast", "Triggered"
    # Of a blast: it has been or will be sent. The set is open: Recalling and Recalled occur.
    RUNNING = ("Ready", "Scheduled", "Starting", "Running", "Recurring")

    campaign_type = models.CharField(max_length=32, blank=True, help_text="Blast or Triggered.")
    state = models.CharField(max_length=32, blank=True)
    medium = models.CharField(max_length=32, blank=True)
    template_id = models.BigIntegerField(null=True, blank=True, help_text="Iterable's id.")
    workflow_id = models.BigIntegerField(null=True, blank=True, help_text="Of the journey it is a step of.")
    labels = listed()
    list_ids = listed()
    suppression_list_ids = listed()
    send_size = models.BigIntegerField(null=True, blank=True)
    start_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    creator = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["name", "iterable_id"]
        indexes = [
            models.Index(fields=["workflow_id"], name="campaign_workflow"),
            models.Index(fields=["template_id"], name="campaign_template"),
        ]


class MirrorRun(models.Model):
    """One look at everything in Iterable. A kind that could not be read leaves the others done."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        COMPLETED = "completed", "completed"
        WITH_ERRORS = "with_errors", "completed with errors"

    trigger = models.CharField(max_length=16, help_text="schedule, command or operator.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    counts = models.JSONField(default=dict, help_text="By kind: seen, new, changed, missing, returned.")
    error = models.TextField(blank=True, help_text="By kind, in words.")

    class Meta:
        ordering = ["-id"]
        permissions = [("refresh_mirror", "Can refresh the mirror")]

    def __str__(self) -> str:
        return f"mirror {self.pk}"


class MirrorChange(models.Model):
    """One field of one thing in Iterable took another value. Append-only."""

    run = models.ForeignKey(MirrorRun, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=16, help_text="channel, message_type, list, journey, campaign or template.")
    iterable_id = models.BigIntegerField()
    name = models.CharField(max_length=500, blank=True)
    field = models.CharField(max_length=64, help_text="The field; appeared, missing or returned where it is the thing itself.")
    old = models.JSONField(null=True, blank=True)
    new = models.JSONField(null=True, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "iterable_id", "-id"], name="mirrorchange_of_thing")]

    def __str__(self) -> str:
        return f"{self.field} of {self.kind} {self.iterable_id}"

    @property
    def words(self) -> str:
        """What became of it, without whose it is."""
        return self.field if self.field in ("appeared", "missing", "returned") else f"{self.field} was {self.old}, is {self.new}"
