"""What we send people: the journeys of the instance, and where they live in Iterable."""

from __future__ import annotations

from django.db import models


class Journey(models.Model):
    """One journey (a "workflow" in Iterable's paths) or one folder of them."""

    name = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True, help_text="Into Iterable.")
    workflow_id = models.BigIntegerField(null=True, blank=True, unique=True)
    folder_id = models.BigIntegerField(null=True, blank=True)
    trigger_event = models.CharField(max_length=255, blank=True, help_text="Name of the event type that starts it.")
    description = models.TextField(blank=True)
    enabled = models.BooleanField(null=True, blank=True, help_text="As Iterable says; empty while unknown.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Last seen in Iterable.")
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
