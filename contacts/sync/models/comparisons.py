"""Observe mode: what we would have sent beside what Iterable holds, person by person and field by field."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ObserveComparison(models.Model):
    """One comparison: asked for by somebody, carried out in the background. Its people are rows before anybody is asked about."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for a worker"
        RUNNING = "running", "under way"
        COMPLETED = "completed", "completed"
        STOPPED = "stopped", "stopped"

    OPEN = (State.WAITING, State.RUNNING)

    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(help_text="What would have been sent from then on is compared.")
    most = models.PositiveIntegerField(help_text="At most so many people: those of the newest deliveries.")
    created_at = models.DateTimeField(auto_now_add=True)
    planned_at = models.DateTimeField(null=True, blank=True, help_text="When its people were written down.")
    finished_at = models.DateTimeField(null=True, blank=True)
    people = models.PositiveIntegerField(default=0)
    agree = models.PositiveIntegerField(default=0)
    differ = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    fields = models.JSONField(default=dict, help_text="By field, in how many people it agrees and differs.")
    sampled = models.PositiveIntegerField(default=0, db_default=0, help_text="People whose events are compared, too.")
    events_read = models.PositiveIntegerField(default=0, db_default=0, help_text="Of them, those whose events were compared.")
    events_unread = models.PositiveIntegerField(default=0, db_default=0, help_text="Of them, those that were not answered.")
    events = models.JSONField(
        default=dict,
        db_default=models.Value({}, output_field=models.JSONField()),
        help_text="By name, how many events have which verdict.",
    )
    error = models.TextField(blank=True, help_text="Why it stopped or waits, and who acts next.")
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("compare_observed", "Can compare what would be sent with Iterable")]

    def __str__(self) -> str:
        return f"comparison {self.pk}"

    @property
    def compared(self) -> int:
        return self.agree + self.differ + self.absent + self.unread

    @property
    def waiting(self) -> int:
        return self.people - self.compared

    @property
    def events_waiting(self) -> int:
        return self.sampled - self.events_read - self.events_unread


class ComparedPerson(models.Model):
    """One person in one comparison. Erasure takes the address and the values away."""

    class Verdict(models.TextChoices):
        WAITING = "waiting", "not compared yet"
        AGREE = "agree", "agree"
        DIFFER = "differ", "differ"
        ABSENT = "absent", "not in Iterable"
        UNREAD = "unread", "not answered"

    class Events(models.TextChoices):
        """How far their events are; empty for whoever is not in the sample."""

        WAITING = "waiting", "not compared yet"
        READ = "read", "compared"
        UNREAD = "unread", "not answered"

    comparison = models.ForeignKey(ObserveComparison, on_delete=models.CASCADE, related_name="persons", db_index=False)
    address_key = models.CharField(max_length=64, db_index=True)
    email = models.CharField(max_length=254, blank=True, help_text="Blanked by erasure.")
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.WAITING)
    events = models.CharField(max_length=16, choices=Events.choices, blank=True, default="", db_default="")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Of what is asked at present: the profile, then the events.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When Iterable was asked.")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["comparison", "verdict", "id"], name="comparedperson_verdict"),
            # Reader: the worker, which takes those of the sample whose turn it is.
            models.Index(fields=["comparison", "events", "id"], name="comparedperson_events"),
        ]

    def __str__(self) -> str:
        return self.email or f"erased ({self.address_key[:8]})"


class DifferingField(models.Model):
    """One field of one person, where both sides say something else."""

    # The index below begins with it.
    comparison = models.ForeignKey(ObserveComparison, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(ComparedPerson, on_delete=models.CASCADE, related_name="differing")
    field = models.CharField(max_length=255)
    ours = models.JSONField(null=True, help_text="What we would send.")
    theirs = models.JSONField(null=True, help_text="What Iterable holds.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["comparison", "field", "person"], name="differingfield_field")]

    def __str__(self) -> str:
        return f"{self.field} of person {self.person_id}"


class ComparedEvent(models.Model):
    """One event of one person that is not on both sides. What is on both is counted, and no row."""

    class Verdict(models.TextChoices):
        THERE = "there", "there"
        MISSING = "missing", "missing"
        ONLY_THERE = "only_there", "only there"
        UNTOLD = "untold", "not told"

    # The index below begins with it.
    comparison = models.ForeignKey(ObserveComparison, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(ComparedPerson, on_delete=models.CASCADE, related_name="one_sided_events")
    name = models.CharField(max_length=255)
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    happened_at = models.DateTimeField(help_text="As we, or Iterable, have it.")
    delivery_id = models.BigIntegerField(null=True, help_text="What we would have sent.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["comparison", "verdict", "name", "person"], name="comparedevent_verdict")]

    def __str__(self) -> str:
        return f"{self.name} of person {self.person_id}: {self.get_verdict_display()}"
