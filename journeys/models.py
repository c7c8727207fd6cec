"""What we send people: the journeys of the instance, and where they live in Iterable."""

from __future__ import annotations

from django.db import models

from journeys.definition.models import JourneyVersion
from journeys.lint.models import LintException, LintFinding, LintRun, Notification, SilenceAlarm
from journeys.mirror.models import Campaign, MirrorChange, MirrorRun, Template
from journeys.rehearsal.models import PressedPerson, PressureRun, RealityCheck, RehearsalCell, RehearsalRun

__all__ = [
    "Campaign",
    "Journey",
    "JourneyVersion",
    "LintException",
    "LintFinding",
    "LintRun",
    "MirrorChange",
    "MirrorRun",
    "Notification",
    "PressedPerson",
    "PressureRun",
    "RealityCheck",
    "RehearsalCell",
    "RehearsalRun",
    "SilenceAlarm",
    "Template",
]


class Journey(models.Model):
    """One journey (a "workflow" in Iterable's paths) or one folder of them."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", "marketing"
        TRANSACTIONAL = "transactional", "transactional"

    # Ours: the mirror never writes these, and two editors never overwrite each other (`version`).
    name = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True, help_text="A link into Iterable; its ids are read from it.")
    folder_id = models.BigIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, blank=True)
    business_owner = models.CharField(max_length=200, blank=True, help_text="Empty while vacant.")
    technical_owner = models.CharField(max_length=200, blank=True, help_text="Empty while vacant.")
    campaigns_owner = models.CharField(max_length=200, blank=True, help_text="Empty while vacant.")
    review_due = models.DateField(null=True, blank=True)
    suppression_list_ids = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Lists that its start tile suppresses: Iterable's API does not tell."
    )
    notes = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0, db_default=0)

    # Iterable's.
    workflow_id = models.BigIntegerField(null=True, blank=True, unique=True)
    iterable_name = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    enabled = models.BooleanField(null=True, blank=True, help_text="As Iterable says; empty while unknown.")
    archived = models.BooleanField(null=True, blank=True)
    journey_type = models.CharField(max_length=32, blank=True)
    trigger_event = models.CharField(max_length=255, blank=True, help_text="Name of the event type that starts it.")
    trigger_events = models.JSONField(default=list, blank=True)
    lifetime_limit = models.IntegerField(null=True, blank=True, help_text="Entries ever, for each person.")
    simultaneous_limit = models.IntegerField(null=True, blank=True)
    start_tile_id = models.BigIntegerField(null=True, blank=True)
    creator = models.CharField(max_length=254, blank=True)
    draft = models.JSONField(null=True, blank=True, help_text="Edits that are not published yet.")
    made_at = models.DateTimeField(null=True, blank=True, help_text="In Iterable.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="In Iterable.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def running(self) -> bool:
        return bool(self.enabled) and not self.archived and self.missing_since is None
