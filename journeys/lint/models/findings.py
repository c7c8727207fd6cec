"""Findings and the runs that made them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class LintRun(models.Model):
    """One look at everything (or, when `quick`, at what is told by rows alone)."""

    trigger = models.CharField(max_length=32, help_text="mirror, sync, schedule, operator or command")
    quick = models.BooleanField(default=False, help_text="Only the rules that watch the clock.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, help_text="Findings new, worse, resolved and open, and seconds a part.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("run_lint", "Can run the lint")]
        constraints = [models.UniqueConstraint(fields=["quick"], condition=Q(ended_at=None), name="one_lint_at_a_time")]

    def __str__(self) -> str:
        return f"lint run {self.pk}"


class LintFinding(models.Model):
    """One thing that a rule found about one subject, from its first sight until it is gone."""

    class Severity(models.TextChoices):
        BLOCKING = "B", "blocking"
        WARNING = "W", "warning"
        INFO = "I", "for information"

    class State(models.TextChoices):
        OPEN = "open", "open"
        EXCEPTED = "excepted", "excepted"
        RESOLVED = "resolved", "resolved"

    class Subject(models.TextChoices):
        JOURNEY = "journey", "journey"
        VERSION = "version", "journey version"
        CAMPAIGN = "campaign", "campaign"
        MESSAGE_TYPE = "message_type", "message type"
        TEMPLATE = "template", "template"
        LIST = "list", "list"
        EVENT_TYPE = "event_type", "event type"
        INSTANCE = "instance", "instance"

    STANDING = (State.OPEN, State.EXCEPTED)

    code = models.CharField(max_length=8)
    severity = models.CharField(max_length=1, choices=Severity.choices)
    subject_kind = models.CharField(max_length=16, choices=Subject.choices)
    subject_id = models.CharField(max_length=100, blank=True, help_text="Of our row; of an event type its name.")
    subject_name = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=200, help_text="What makes two sights the same finding: code and subject.")
    journey = models.ForeignKey("journeys.Journey", on_delete=models.SET_NULL, null=True, blank=True, related_name="findings")
    message_type = models.ForeignKey(
        "consent.MessageType", on_delete=models.SET_NULL, null=True, blank=True, related_name="findings"
    )
    sentence = models.TextField(help_text="What was found, without an address.")
    evidence = models.JSONField(default=dict)
    exposed = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="People whom Iterable will mail and should not; empty where it does not apply."
    )
    exposed_told = models.PositiveBigIntegerField(default=0, help_text="As last told: a change for the worse counts from there.")
    next_step = models.TextField(blank=True, help_text="Who acts next.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    worse_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When somebody accepted the change it tells of.")

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("except_lintfinding", "Can except findings of the lint, or accept the change they tell of"),
            ("see_exposed_people", "Can see the people behind a finding"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(state__in=["open", "excepted"]), name="one_standing_finding"
            )
        ]
        indexes = [models.Index(fields=["state", "severity", "-exposed"], name="finding_state")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject_name}"
