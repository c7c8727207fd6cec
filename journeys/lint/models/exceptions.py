"""What is excused, by whom, why and until when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from journeys.lint.models.findings import LintFinding


class LintException(models.Model):
    """Excuses one finding, or all of one code on one subject. Ends by itself; an allow-list of types is made of these."""

    code = models.CharField(max_length=8)
    fingerprint = models.CharField(max_length=200, blank=True, help_text="Of the one finding; empty: of all of this subject.")
    subject_kind = models.CharField(max_length=16, choices=LintFinding.Subject.choices, blank=True)
    subject_id = models.CharField(max_length=100, blank=True)
    subject_name = models.CharField(max_length=255, help_text="At the time.")
    reason = models.TextField()
    owner = models.CharField(max_length=200, help_text="Who sees to it until then.")
    by = models.CharField(max_length=150, help_text="Who allowed it.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it expired or was taken back.")
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["expires_at"], name="lintexception_due", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.code} on {self.subject_name}"

    def covers(self, finding: LintFinding) -> bool:
        if self.code != finding.code:
            return False
        if self.fingerprint:
            return self.fingerprint == finding.fingerprint
        return (self.subject_kind, self.subject_id) in subjects_of(finding)


def subjects_of(finding: LintFinding) -> set[tuple[str, str]]:
    """What a finding is about, in the widest sense: its subject, its journey, its message type."""
    found = {(finding.subject_kind, finding.subject_id)}
    if finding.journey_id:
        found.add((LintFinding.Subject.JOURNEY.value, str(finding.journey_id)))
    if finding.message_type_id:
        found.add((LintFinding.Subject.MESSAGE_TYPE.value, str(finding.message_type_id)))
    return found
