"""What somebody says a journey does, version by version. Iterable is never told: a version describes, and is looked over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from journeys.definition.graph import Graph
from journeys.definition.reading import read_graph


class JourneyVersion(models.Model):
    """One description of a journey. Only a draft is written at; what was approved stays as it was."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        IN_REVIEW = "in_review", "in review"
        APPROVED = "approved", "approved"
        SUPERSEDED = "superseded", "superseded"

    class Provenance(models.TextChoices):
        TYPED = "typed", "typed by hand"
        IMPORTED = "imported", "imported from a file"
        INFERRED = "inferred", "inferred from the campaigns in Iterable"

    OPEN = (State.DRAFT, State.IN_REVIEW)
    STANDING = (State.DRAFT, State.IN_REVIEW, State.APPROVED)

    journey = models.ForeignKey("journeys.Journey", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="From 1, in the order in which they were begun.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    graph = models.JSONField(help_text="How people enter, the steps, and what leads from one to the next.")
    graph_hash = models.CharField(max_length=64, help_text="The same for the same graph, however its JSON is written.")
    provenance = models.CharField(max_length=16, choices=Provenance.choices, default=Provenance.TYPED)
    described_changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the journey had last been changed in Iterable, as it was described or verified."
    )
    verified_on = models.DateField(null=True, blank=True, help_text="The day when somebody last compared it with Iterable.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    writers = models.JSONField(default=list, blank=True, help_text="All accounts that wrote at it: none of them approves it.")
    revision = models.PositiveIntegerField(default=0, help_text="Goes up with each edit, so that nobody overwrites another's.")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When its graph or its state last changed.")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "journey version"
        permissions = [
            ("write_journeyversion", "Can describe journeys: write, import, submit and withdraw versions"),
            ("approve_journeyversion", "Can approve versions of journeys that others wrote"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["journey", "number"], name="one_version_of_a_number"),
            models.UniqueConstraint(fields=["journey"], condition=Q(state="approved"), name="one_approved_version"),
            models.UniqueConstraint(
                fields=["journey"], condition=Q(state__in=["draft", "in_review"]), name="one_version_in_the_making"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approver__isnull=False, approved_at__isnull=False), name="approved_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.journey}"

    def read(self) -> Graph:
        """Raises Unreadable where what is stored can no longer be read: a field that is gone from the catalogue, say."""
        return read_graph(self.graph)

    @property
    def drifted(self) -> bool:
        """Whether somebody changed the journey in Iterable since it was described or verified, as far as we know."""
        described, changed = self.described_changed_at, self.journey.changed_at
        return described is not None and changed is not None and changed > described
