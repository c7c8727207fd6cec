from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iterable_admin.examining import Finding, Level, examine
from iterable_admin.redaction import redact

GLYPHS: dict[Level, str] = {"ok": "✓", "warn": "!", "fail": "✗"}


class Command(BaseCommand):
    help = "Says what is wrong with this installation and what to do; learns the ids of channels and message types."
    # They are the first thing it prints, in its own words and without stopping at them.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        levels: list[Level] = []
        for finding in examine():
            self._print(finding)
            levels.append(finding.level)
        if "fail" in levels:
            raise CommandError(f"{levels.count('fail')} to mend, {levels.count('warn')} to look at.", returncode=1)
        self.stdout.write(f"Nothing to mend, {levels.count('warn')} to look at.")

    def _print(self, finding: Finding) -> None:
        style = {"ok": self.style.SUCCESS, "warn": self.style.WARNING, "fail": self.style.ERROR}[finding.level]
        word = style(f"{GLYPHS[finding.level]} {finding.level:<4}")
        self.stdout.write(redact(f"{word}  {finding.about:<12} {finding.said}"))
        if finding.mend:
            self.stdout.write(redact(f"{'':<22}→ {finding.mend}"))
