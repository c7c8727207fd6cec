"""The last syncs: the latest in words, against the one before it, and all of them as a strip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from contacts.sync.models import SyncRun
from contacts.sync.next_steps import next_step_of_run
from contacts.sync.pages.trend import RUNS, Block, strip

# It runs every night.
OVERDUE_AFTER = timedelta(hours=26)
State = SyncRun.State


@dataclass(frozen=True, slots=True)
class Syncs:
    """Of all definitions, the newest first; dry runs send nothing and are left out."""

    runs: list[SyncRun]

    @property
    def last(self) -> SyncRun | None:
        return self.runs[0] if self.runs else None

    @property
    def strip(self) -> list[Block]:
        return strip(self.runs[::-1])

    @property
    def next_step(self) -> str:
        return next_step_of_run(self.runs[0], brief=True) if self.runs else ""

    @property
    def overdue(self) -> bool:
        return bool(self.runs) and timezone.now() - self.runs[0].started_at > OVERDUE_AFTER

    @property
    def trend(self) -> str:
        """Failed rows, against the run of the same definition before it."""
        if not self.runs:
            return "No run yet."
        last = self.runs[0]
        before = next((run for run in self.runs[1:] if run.definition_id == last.definition_id), None)
        told = f"{last.failed:,} of {last.read:,} rows failed"
        if before is None or before.failed == last.failed:
            return f"{told}{', as in the run before' if before else ''}."
        more = "more" if last.failed > before.failed else "fewer"
        return f"{'↑' if more == 'more' else '↓'} {told}, {abs(last.failed - before.failed):,} {more} than in the run before."


def syncs() -> Syncs:
    rows = SyncRun.objects.filter(dry_run=False).select_related("definition").defer("plan", "definition__query")
    return Syncs(list(rows.order_by("-id")[:RUNS]))
