"""What keeps a version from approval: blocking findings that nobody excepted."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from journeys.definition.models import JourneyVersion
from journeys.lint.models import LintFinding


def findings_of(version: JourneyVersion) -> QuerySet[LintFinding]:
    """What stands about this version, and about its journey as Iterable has it; not what other versions have of their own."""
    others = Q(subject_kind=LintFinding.Subject.VERSION) & ~Q(subject_id=str(version.pk))
    return LintFinding.objects.filter(journey=version.journey_id, state__in=LintFinding.STANDING).exclude(others)


def blocking(version: JourneyVersion) -> list[LintFinding]:
    open_ones = findings_of(version).filter(state=LintFinding.State.OPEN, severity=LintFinding.Severity.BLOCKING)
    return list(open_ones.order_by("code", "id"))
