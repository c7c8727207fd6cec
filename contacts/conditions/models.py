"""Saved audiences: a condition by name, how many people it was true of each night, and who came and went."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from contacts.conditions.reading import Unreadable, read
from contacts.conditions.tree import Condition


def validate_condition(told: object) -> None:
    """What is wrong is told with its place and the mend."""
    try:
        read(told)
    except Unreadable as problem:
        raise ValidationError(str(problem)) from None


class SavedAudience(models.Model):
    name = models.CharField(max_length=150, unique=True)
    condition = models.JSONField(validators=[validate_condition], help_text="As JSON; the page tells it in words.")
    description = models.TextField(blank=True, help_text="What it is for.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    active = models.BooleanField(default=True, help_text="Counted each night.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [("see_audience_people", "Can see the people of a saved audience")]

    def __str__(self) -> str:
        return self.name

    def read(self) -> Condition:
        """Raises Unreadable where a field or a kind is gone meanwhile."""
        return read(self.condition)


class AudienceCount(models.Model):
    """Of one audience on one day; `condition` is as it was then."""

    audience = models.ForeignKey(SavedAudience, on_delete=models.CASCADE, related_name="counts")
    day = models.DateField(help_text="In UTC.")
    people = models.PositiveIntegerField()
    entered = models.PositiveIntegerField(default=0, help_text="Since the count before.")
    gone = models.PositiveIntegerField(default=0, help_text="Since the count before; without those who were erased.")
    condition = models.JSONField()
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["audience", "day"], name="one_audiencecount_a_day")]

    def __str__(self) -> str:
        return f"{self.audience} on {self.day}"


class AudienceStay(models.Model):
    """One person in one audience, from a day's count to another's; in it still where `left_on` is empty.

    Why they came and went: the part of the condition that changed, in words, and the row that changed it.
    """

    audience = models.ForeignKey(SavedAudience, on_delete=models.CASCADE, related_name="stays")
    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE, related_name="+")
    entered_on = models.DateField()
    entered_part = models.CharField(max_length=300, blank=True)
    entered_cause = models.CharField(max_length=16, blank=True)
    entered_key = models.CharField(max_length=64, blank=True)
    left_on = models.DateField(null=True, blank=True)
    left_part = models.CharField(max_length=300, blank=True)
    left_cause = models.CharField(max_length=16, blank=True)
    left_key = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["audience", "contact"], condition=models.Q(left_on=None), name="one_open_stay_each"),
        ]
        indexes = [
            # Readers: the difference between two days, and the people behind one of its numbers.
            models.Index(fields=["audience", "entered_on"], name="stay_by_entry"),
            models.Index(fields=["audience", "left_on"], name="stay_by_leaving"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.audience_id} from {self.entered_on}"
