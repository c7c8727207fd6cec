"""What the lint found: how many stand open of each severity, and the worst by exposed people."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Max

from journeys.lint.models import LintFinding
from journeys.lint.wording import severity_pill

MOST_FINDINGS = 10


def findings() -> dict[str, Any]:
    stands = LintFinding.objects.filter(state=LintFinding.State.OPEN)
    counted = stands.order_by().values_list("severity").annotate(Count("id"), Max("exposed"))
    counts = {severity: count for severity, count, _ in counted}
    worst = stands.order_by(F("exposed").desc(nulls_last=True), "severity", "-pk")[:MOST_FINDINGS]
    return {
        "counts": [(severity_pill(severity), counts[severity], severity) for severity in ("B", "W", "I") if severity in counts],
        "blocking": counts.get("B", 0),
        "most_exposed": max((exposed or 0 for _, _, exposed in counted), default=0),
        "worst": [(severity_pill(row.severity), row) for row in worst],
    }
