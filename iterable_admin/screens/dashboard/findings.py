"""What the lint found: how many stand open of each severity, and the worst by exposed people, one line for each subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Case, Count, F, Max, Value, When

from journeys.lint.models import LintFinding
from journeys.lint.wording import severity_pill

MOST_SUBJECTS = 10
# Several rules find the same template; beyond so many findings nobody looks for more about the worst.
MOST_FINDINGS = 200
SEVERITIES = "BWI"
GRAVE_FIRST = Case(*[When(severity=severity, then=Value(place)) for place, severity in enumerate(SEVERITIES)])


@dataclass(frozen=True, slots=True)
class Line:
    """All findings about one subject. They expose the same people, who count once."""

    worst: LintFinding
    others: list[LintFinding]

    @property
    def pill(self) -> str:
        return severity_pill(min((row.severity for row in (self.worst, *self.others)), key=SEVERITIES.index))


def findings() -> dict[str, Any]:
    stands = LintFinding.objects.filter(state=LintFinding.State.OPEN)
    counted = stands.order_by().values_list("severity").annotate(Count("id"), Max("exposed"))
    counts = {severity: count for severity, count, _ in counted}
    worst = stands.defer("evidence").order_by(F("exposed").desc(nulls_last=True), GRAVE_FIRST, "-pk")[:MOST_FINDINGS]
    return {
        "counts": [(severity_pill(severity), counts[severity], severity) for severity in SEVERITIES if severity in counts],
        "blocking": counts.get("B", 0),
        "most_exposed": max((exposed or 0 for _, _, exposed in counted), default=0),
        "worst": list(islice(_lines(worst), MOST_SUBJECTS)),
    }


def _lines(found: Iterable[LintFinding]) -> Iterable[Line]:
    """In the order in which each subject is first found."""
    by_subject: dict[tuple[str, str], list[LintFinding]] = {}
    for row in found:
        by_subject.setdefault((row.subject_kind, row.subject_id or f"finding {row.pk}"), []).append(row)
    return (Line(first, others) for first, *others in by_subject.values())
