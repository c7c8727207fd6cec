"""How findings look on pages: a glyph and a word."""

from __future__ import annotations

from django.utils.safestring import SafeString

from iterable_admin.audit.pills import pill
from journeys.lint.models import LintFinding

TONES = {"B": "needs_you", "W": "held", "I": "skipped"}


def severity_pill(severity: str) -> SafeString:
    return pill(TONES[severity], str(LintFinding.Severity(severity).label))


def pill_of(finding: LintFinding) -> SafeString:
    """An excepted one is no alarm."""
    if finding.state == LintFinding.State.EXCEPTED:
        return pill("held", f"{finding.get_severity_display()}, excepted")
    return severity_pill(finding.severity)
