"""The nightly sync: what a run did (SyncRun, SyncRow), and what Iterable last accepted (SyncState)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SyncDefinition(models.Model):
    """What is synced. Ids identify; two definitions may share a name."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    notes = models.TextField(blank=True)
    date_keys = models.JSONField(default=list, blank=True, editable=False)
    """Of a namespace: those that Iterable holds as dates, as last learnt."""

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SyncRun(models.Model):
    """One pass over the warehouse. Its counts add up: read = unchanged + skipped + failed + delivered + under way."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DELIVERING = "delivering", "delivering"
        COMPLETED = "completed", "completed"
        WITH_ERRORS = "with_errors", "completed with errors"
        FAILED = "failed", "failed"
        INTERRUPTED = "interrupted", "interrupted"

    UNDER_WAY = (State.RUNNING, State.DELIVERING)

    definition = models.ForeignKey(SyncDefinition, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    dry_run = models.BooleanField(default=False)
    today = models.DateField(help_text="Fixed at the start: the window is counted back from it.")
    window_start = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    trigger = models.CharField(max_length=32, help_text="schedule, operator, command or api")
    limit = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When the last row was compared.")
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    process = models.CharField(max_length=200, blank=True, help_text="The host and process id that reads, once one does.")
    error = models.TextField(blank=True, help_text="Why the run itself failed, and the mend.")
    read = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    enqueued = models.PositiveIntegerField(default=0, help_text="Changed rows handed to the outbox.")
    delivered = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped_reasons = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        permissions = [("operate_syncrun", "Can start and retry sync runs")]
        constraints = [
            models.UniqueConstraint(fields=["definition"], condition=Q(state="running", dry_run=False), name="one_running_sync")
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class SyncRow(models.Model):
    """One person in one run, where something changed or failed."""

    class State(models.TextChoices):
        ENQUEUED = "enqueued", "enqueued"
        DELIVERED = "delivered", "delivered"
        SKIPPED = "skipped", "skipped"
        FAILED = "failed", "failed"

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="rows")
    address_key = models.CharField(max_length=64)
    email = models.CharField(max_length=254, blank=True, help_text="Blanked by erasure.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ENQUEUED)
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    changed_fields = models.JSONField(default=list, help_text="Which fields differ from what Iterable holds.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["run", "state", "-id"], name="syncrow_of_run"),
            models.Index(fields=["email"], name="syncrow_email"),
            models.Index(fields=["address_key"], name="syncrow_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.address_key[:8]} in run {self.run_id}"


class SyncState(models.Model):
    """What Iterable last accepted for one person: the other side of the comparison."""

    definition = models.ForeignKey(SyncDefinition, on_delete=models.CASCADE, related_name="states")
    address_key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    accepted = models.JSONField(default=dict, help_text="The fields as accepted; blanked by erasure.")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["definition", "address_key"], name="one_sync_state_each")]

    def __str__(self) -> str:
        return self.address_key[:8]
