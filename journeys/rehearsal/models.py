"""Rehearsals that were asked for, and what each counted. What was counted is never changed: verifying counts anew, beside it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class BackgroundRun(models.Model):
    """What a worker counts for somebody: how `journeys.rehearsal.background` takes it up, follows it and ends it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    OPEN = (State.WAITING, State.RUNNING)

    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0, help_text="Parts counted.")
    parts = models.PositiveIntegerField(default=1)
    takes = models.PositiveSmallIntegerField(default=0, help_text="Workers that took it up.")
    error = models.TextField(blank=True)
    actor_name = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="Which the counting took.")

    class Meta:
        abstract = True


class RehearsalRun(BackgroundRun):
    """One rehearsal of one graph: with what it was counted, so that the same can be counted again."""

    class Mode(models.TextChoices):
        NOW = "now", "whoever matches now"
        AS_OF = "as_of", "as of a moment"
        REPLAY = "replay", "replay of a period"

    journey = models.ForeignKey("journeys.Journey", on_delete=models.PROTECT, related_name="rehearsals")
    version = models.ForeignKey("journeys.JourneyVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    graph = models.JSONField(help_text="As it was described then, without what was tried.")
    graph_hash = models.CharField(max_length=64)
    mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.NOW)
    at = models.DateTimeField(null=True, blank=True, help_text="The moment of entry; of a replay the period's end.")
    since = models.DateTimeField(null=True, blank=True, help_text="Of a replay: its beginning.")
    overlay = models.JSONField(default=dict, blank=True, help_text="What if: retired, moved, suppressed, conditions.")
    watermark = models.JSONField(default=dict, blank=True, help_text="The newest rows that it was counted from.")
    resolver = models.CharField(max_length=64, blank=True, help_text="Of the rules by which it was counted.")
    notes = models.JSONField(default=dict, blank=True, help_text="Of how many people something had to be taken as it is today.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    verifying = models.BooleanField(default=False, help_text="To be counted once more, and compared.")
    verified_at = models.DateTimeField(null=True, blank=True)
    moved = models.JSONField(null=True, blank=True, help_text="Cells that differed then; an empty list: the same.")

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("rehearse_journey", "Can rehearse journeys"),
            ("see_rehearsed_people", "Can see the people behind the numbers of a rehearsal"),
        ]
        indexes = [models.Index(fields=["id"], name="rehearsal_open", condition=Q(state__in=["waiting", "running"]))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(mode="replay") | Q(since__isnull=False, at__isnull=False), name="replay_of_a_period"
            ),
            models.CheckConstraint(condition=~Q(mode="as_of") | Q(at__isnull=False), name="as_of_a_moment"),
        ]

    def __str__(self) -> str:
        return f"rehearsal {self.pk} of {self.journey}"


class RehearsalCell(models.Model):
    """So many people, at least and at most, of whom the same becomes at one step. Written once."""

    run = models.ForeignKey(RehearsalRun, on_delete=models.CASCADE, related_name="cells")
    step = models.CharField(max_length=200, help_text="Its key, the same in all versions.")
    outcome = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, blank=True)
    cause = models.CharField(max_length=100, blank=True)
    certain = models.PositiveIntegerField()
    possible = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "outcome", "reason", "cause"], name="one_cell_of_a_run"),
            models.CheckConstraint(condition=Q(certain__lte=models.F("possible")), name="certain_is_possible"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.outcome} {self.reason}".strip()


class PressureRun(BackgroundRun):
    """How many messages people get of all described journeys together: counted once, by replaying who entered."""

    days = models.PositiveIntegerField(help_text="Of whoever entered so many days ago, or later.")
    most_in_a_day = models.PositiveIntegerField(help_text="More in any 24 hours are too many.")
    most_in_a_week = models.PositiveIntegerField(help_text="More in any 7 days are too many.")
    counts = models.JSONField(default=dict, blank=True, help_text="People by their most in a day and in a week; the journeys.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "count of messages"
        verbose_name_plural = "counts of messages"

    def __str__(self) -> str:
        return f"count {self.pk} of messages"


class PressedPerson(models.Model):
    """Somebody who gets more than a run allows. Goes with the contact, and with the run."""

    run = models.ForeignKey(PressureRun, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey("contacts.Contact", on_delete=models.CASCADE, related_name="+")
    in_a_day = models.PositiveIntegerField()
    in_a_week = models.PositiveIntegerField()

    class Meta:
        ordering = ["-in_a_week", "-in_a_day", "-contact_id"]
        constraints = [models.UniqueConstraint(fields=["run", "contact"], name="pressed_once")]

    def __str__(self) -> str:
        return f"{self.in_a_day} in a day, {self.in_a_week} in a week"


class RealityCheck(models.Model):
    """What Iterable reported of one journey, beside what the replay of its approved version says. Names nobody."""

    journey = models.ForeignKey("journeys.Journey", on_delete=models.CASCADE, related_name="reality_checks")
    version = models.ForeignKey("journeys.JourneyVersion", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    counts = models.JSONField(default=dict, help_text="Of predicted messages, sends, skips and exits.")
    events = models.JSONField(default=dict, help_text="The first events that nothing explains, by kind.")
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.version} compared with what Iterable reported"
