"""What one run did (SyncRun), and to whom (SyncRow)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q

from contacts.sync.models.definitions import SyncDefinition


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    def waiting_for_a_decision(self) -> SyncRunQuerySet:
        """Stopped by a guard, or dry, with a plan that nobody has approved or discarded."""
        planned = Q(state=SyncRun.State.STOPPED, stop_code=SyncRun.Stop.GUARD) | Q(dry_run=True, state=SyncRun.State.COMPLETED)
        return self.filter(planned, decision="")


class SyncRun(models.Model):
    """One pass over the source. Its counts add up: read = unchanged + skipped + failed + delivered + under way."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DELIVERING = "delivering", "delivering"
        COMPLETED = "completed", "completed"
        WITH_ERRORS = "with_errors", "completed with errors"
        STOPPED = "stopped", "stopped"
        FAILED = "failed", "failed"

    class Stop(models.TextChoices):
        CANCELLED = "cancelled", "cancelled by a person"
        GUARD = "guard", "a guard stopped it; its plan waits for a person"
        CREDENTIALS = "credentials", "the source refused the credentials"

    UNDER_WAY = (State.RUNNING, State.DELIVERING)

    definition = models.ForeignKey(SyncDefinition, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    stop_code = models.CharField(max_length=16, choices=Stop.choices, blank=True)
    dry_run = models.BooleanField(default=False)
    today = models.DateField(help_text="Fixed at the start: the window is counted back from it.")
    window_start = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    trigger = models.CharField(max_length=32, help_text="schedule, operator, command or api")
    limit = models.PositiveIntegerField(null=True, blank=True)
    only_email = models.CharField(max_length=254, blank=True, help_text="The one person it is for; blanked by erasure.")
    executes = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="executions",
        help_text="The run whose plan this one carries out, if nothing has moved since.",
    )
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by", help_text="The run it takes back."
    )

    started_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the last row was compared.")
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    process = models.CharField(max_length=200, blank=True, help_text="The host and process id that reads, once one does.")
    takes = models.PositiveSmallIntegerField(default=0, help_text="How often a process took it up.")
    cancelled_at = models.DateTimeField(null=True, blank=True, help_text="When a person asked it to end.")
    error = models.TextField(blank=True, help_text="Why the run itself ended early, and the mend.")

    counted_at = models.DateTimeField(null=True, blank=True, editable=False)
    expected = models.PositiveIntegerField(default=0, help_text="Rows in the source, once they are counted.")
    read = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    enqueued = models.PositiveIntegerField(default=0, help_text="Changed rows handed to the outbox.")
    delivered = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped_reasons = models.JSONField(default=dict)
    rowless = models.JSONField(default=dict, editable=False)
    """Of the skipped: those who have no row of their own, by reason."""
    left = models.PositiveIntegerField(default=0, help_text="Too old by now: they left the window.")
    vanished = models.PositiveIntegerField(default=0, help_text="Young enough, and yet not in the source any more.")

    plan = models.JSONField(default=dict, blank=True, help_text="What it meant to do, before it did: counts, samples, estimates.")
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When a person decided on its plan.")
    decided_by = models.CharField(max_length=150, blank=True)
    decision = models.CharField(max_length=16, blank=True, help_text="approved or discarded")

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        permissions = [("operate_syncrun", "Can start and retry sync runs")]
        constraints = [
            models.UniqueConstraint(fields=["definition"], condition=Q(state="running", dry_run=False), name="one_running_sync"),
            models.CheckConstraint(condition=~Q(state="stopped") | ~Q(stop_code=""), name="a_stop_has_a_code"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class SyncRow(models.Model):
    """One person in one run, where something changed, failed or is held."""

    class State(models.TextChoices):
        PLANNED = "planned", "planned"
        ENQUEUED = "enqueued", "enqueued"
        DELIVERED = "delivered", "delivered"
        SKIPPED = "skipped", "skipped"
        FAILED = "failed", "failed"

    class Kind(models.TextChoices):
        ADDED = "added", "added"
        CHANGED = "changed", "changed"
        RETURNED = "returned", "returned"
        RESTORED = "restored", "restored"

    # The first of its indexes begins with it.
    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    address_key = models.CharField(max_length=64)
    email = models.CharField(max_length=254, blank=True, help_text="Blanked by erasure.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ENQUEUED)
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    clash = models.CharField(
        max_length=300, blank=True, help_text="What the rows that are held together share; blanked by erasure."
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    before_fingerprint = models.CharField(max_length=64, blank=True)
    changed_fields = models.JSONField(default=list, help_text="Which fields differ from what Iterable holds.")
    before = models.JSONField(null=True, blank=True, help_text="What Iterable had accepted; blanked by erasure.")
    after = models.JSONField(null=True, blank=True, help_text="What it is to hold; blanked by erasure.")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.CharField(max_length=150, blank=True)
    dismissal = models.TextField(blank=True, help_text="The note with which it was dismissed.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["run", "state", "-id"], name="syncrow_of_run"),
            models.Index(fields=["email"], name="syncrow_email"),
            # Looked up by whole keys alone. A row has another place with each change of its state, and here that is 16 bytes.
            HashIndex(fields=["address_key"], name="syncrow_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.address_key[:8]} in run {self.run_id}"
