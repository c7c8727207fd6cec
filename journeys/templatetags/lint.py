"""What the lint says of a journey or a message type, on its page."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q
from django.template.context import Context

from contacts.consent.models import MessageType
from journeys.lint.models import LintFinding
from journeys.lint.settling import GRAVITY
from journeys.lint.wording import pill_of
from journeys.models import Journey

register = template.Library()
MOST = 50


@register.inclusion_tag("admin/journeys/ribbon.html", takes_context=True)
def lint_ribbon(context: Context, row: Journey | MessageType) -> dict[str, Any]:
    if not context["request"].user.has_perm("journeys.view_lintfinding"):
        return {"shown": False}
    about = Q(journey=row.pk) if isinstance(row, Journey) else Q(message_type=row.pk)
    findings = LintFinding.objects.filter(about, state__in=LintFinding.STANDING)[:MOST]
    worst = sorted(findings, key=lambda finding: (-GRAVITY[finding.severity], -(finding.exposed or 0), finding.pk))
    return {"shown": True, "findings": [(pill_of(finding), finding) for finding in worst]}
