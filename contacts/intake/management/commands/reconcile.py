"""One reconciliation with Iterable's exports, in the foreground."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.intake.models import Reconciliation
from contacts.intake.reconciling import reconcile
from iterable_admin.errors import Problem


class Command(BaseCommand):
    help = "Read Iterable's exports since the last time, and make up for what its webhooks lost. Sends nothing by itself."

    def handle(self, **options: Any) -> None:
        try:
            row = reconcile("command")
        except Problem as problem:
            raise CommandError(str(problem)) from problem
        for kind, counts in row.drift.items():
            self.stdout.write(f"{kind}: {counts['read']:,} read, {counts['new']:,} of them new")
        if row.state != Reconciliation.State.COMPLETED:
            raise CommandError(f"{row} {row.get_state_display()}: {row.error}")
        self.stdout.write(f"{row}: {row.found:,} of {row.read:,} were not told by webhooks.")
