"""What is synced: where rows come from, which field each value goes to, and what has to stop a run."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

PERCENT = [MaxValueValidator(100)]


class SyncDefinition(models.Model):
    """One sync. Ids identify; two definitions may share a name."""

    class Target(models.TextChoices):
        PROFILE = "profile", "fields of the profile"
        EVENT = "event", "a custom event"

    class MatchKey(models.TextChoices):
        EMAIL = "email", "email address"
        USER_ID = "user_id", "GitLab user id"

    class Mode(models.TextChoices):
        UPDATE = "update", "update only: whom Iterable does not have is skipped"
        UPSERT = "upsert", "update or create"

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the technical owner.",
    )
    notes = models.TextField(blank=True)

    target = models.CharField(max_length=8, choices=Target.choices, default=Target.PROFILE)
    event_name = models.CharField(max_length=255, blank=True, help_text="Of a custom event.")
    match_key = models.CharField(max_length=8, choices=MatchKey.choices, default=MatchKey.EMAIL)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.UPDATE)
    keeps_contacts = models.BooleanField(
        default=False, help_text="Contacts and namespaces are kept from its rows: one definition does so."
    )

    query = models.TextField(blank=True, help_text="One SELECT; $window_start is bound.")
    proposed_query = models.TextField(blank=True, help_text="Runs once a second person has approved it.")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)

    cron = models.CharField(max_length=100, blank=True, help_text="In UTC, five fields. Empty: as SYNC_CRON says.")
    window_months = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: SYNC_WINDOW_MONTHS.")

    # What stops a run before anything is sent; a person then approves the plan or discards it.
    fewest_rows_percent = models.PositiveSmallIntegerField(
        default=50, help_text="Of the usual number of rows (the median of the last seven runs). 0: never stops."
    )
    most_changed_percent = models.PositiveSmallIntegerField(
        default=30, validators=PERCENT, help_text="Of those whose values Iterable has accepted before. 100: never stops."
    )
    most_emptied_percent = models.PositiveSmallIntegerField(
        default=10, validators=PERCENT, help_text="Of them, for one field that had a value and has none. 100: never stops."
    )
    most_unknown_percent = models.PositiveSmallIntegerField(
        default=5,
        validators=PERCENT,
        help_text="Of the changed rows, with a plan, role or stage that nobody knows. 100: never stops.",
    )

    date_keys = models.JSONField(default=list, blank=True, editable=False)
    """Of a namespace: those that Iterable holds as dates, as last learnt."""

    held_types = models.JSONField(default=dict, blank=True, editable=False)
    """Of the mapped fields: what Iterable holds each as, as last learnt."""

    class Meta:
        ordering = ["name", "id"]
        permissions = [("change_syncquery", "Can propose and approve the query of a sync")]
        constraints = [
            models.CheckConstraint(
                condition=Q(target="profile") | ~Q(event_name=""),
                name="an_event_has_a_name",
                violation_error_message="Name the event.",
            ),
            models.CheckConstraint(
                condition=Q(proposed_query="") | Q(proposed_by__isnull=False), name="somebody_proposed_the_query"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FieldMapping(models.Model):
    """Where one value of a row goes. `source` is a column, or a key of a nested one: `namespaces_array.NAMESPACE_ID`."""

    class Type(models.TextChoices):
        STRING = "string", "text"
        INTEGER = "integer", "whole number"
        NUMBER = "number", "number"
        BOOLEAN = "boolean", "true or false"
        DATE = "date", "date and time"
        DAY = "day", "date"
        STRINGS = "strings", "array of texts"

    definition = models.ForeignKey(SyncDefinition, on_delete=models.CASCADE, related_name="mappings")
    source = models.CharField(max_length=200)
    field = models.CharField(max_length=255, help_text="In Iterable; a dot leads into the objects of an array.")
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.STRING)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["definition", "source"]
        constraints = [
            models.UniqueConstraint(fields=["definition", "field"], condition=Q(enabled=True), name="one_source_a_field"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.field}"
