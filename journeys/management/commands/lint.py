from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iterable_admin.errors import Problem
from journeys.lint.models import LintFinding
from journeys.lint.running import lint
from journeys.lint.settling import GRAVITY


class Command(BaseCommand):
    help = "Run all rules, print what stands, worst first. Exits 1 while a blocking finding is open."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = lint("command")
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        findings = sorted(LintFinding.objects.filter(state__in=LintFinding.STANDING), key=worst_first)
        for finding in findings:
            self.stdout.write(line(finding))
        counts = run.counts
        self.stdout.write(
            f"{counts['open']} open: {counts['new']} new, {counts['worse']} worse, {counts['resolved']} resolved in this run."
        )
        blocking = [finding for finding in findings if finding.severity == "B" and finding.state == LintFinding.State.OPEN]
        if blocking:
            sys.exit(1)


def worst_first(finding: LintFinding) -> tuple[int, int, str, int]:
    return -GRAVITY[finding.severity], -(finding.exposed or 0), finding.code, finding.pk


def line(finding: LintFinding) -> str:
    exposed = f" [{finding.exposed:,} exposed]" if finding.exposed else ""
    excepted = " (excepted)" if finding.state == LintFinding.State.EXCEPTED else ""
    subject = f"{finding.severity} {finding.code} {finding.subject_name}"
    return f"{subject}{exposed}{excepted}: {finding.sentence} {finding.next_step}".strip()
