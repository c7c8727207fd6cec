"""Copy what Iterable's read endpoints say, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iterable_admin.errors import Problem
from journeys.mirror.refreshing import refresh
from journeys.models import MirrorRun


class Command(BaseCommand):
    help = "Refresh channels, message types, lists, journeys, campaigns and templates from Iterable. Writes nothing there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = refresh("command")
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        for kind, counts in run.counts.items():
            told = ", ".join(f"{number} {word}" for word, number in counts.items() if number or word == "seen")
            self.stdout.write(f"{kind}: {told}")
        if run.state == MirrorRun.State.WITH_ERRORS:
            raise CommandError(f"Not everything could be read:\n{run.error}", returncode=1)
