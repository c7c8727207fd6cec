"""Findings to test with, made by a rule that is not registered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from journeys.lint.models import LintFinding
from journeys.lint.registry import INSTANCE, About, Found, Rule, Severity, Subject
from journeys.lint.settling import settle

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)


class TST01(Rule):
    """For tests."""

    code, severity, title = "TST01", Severity.WARNING, "for tests"


RULE = TST01()


def found(name: str = "", exposed: int | None = None, **given: Any) -> Found:
    about = About(Subject.CAMPAIGN, name, name) if name else INSTANCE
    return Found(about, "It is so.", "The technical owner acts.", exposed=exposed, **given)


def see(*items: Found, now: datetime | None = None) -> dict[str, int]:
    """One run in which the rule found these and nothing else."""
    return settle([(RULE, item) for item in items], ["TST01"], now or timezone.now())


def finding(name: str = "a", **given: Any) -> LintFinding:
    see(found(name, **given))
    return LintFinding.objects.get(subject_id=name, state__in=("open", "excepted"))
