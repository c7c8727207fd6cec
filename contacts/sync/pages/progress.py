"""How far a run is: the phase, the rows of those expected, the pace, and about how long it still takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from contacts.sync.counting import under_way
from contacts.sync.guarding import usual_rows
from contacts.sync.models import SyncRun
from contacts.sync.next_steps import next_step_of_run
from iterable_admin.audit.pills import moment_text, span

WIDTH = 1_000
"""Of a bar, in its own units."""


@dataclass(frozen=True, slots=True)
class Progress:
    state: str
    under_way: bool
    phase: str
    done: int
    total: int
    """0: not known."""
    exact: bool
    """Whether the total was counted; otherwise it is what runs usually have."""
    since: datetime

    @property
    def width(self) -> int:
        return min(WIDTH, self.done * WIDTH // self.total) if self.total else 0

    @property
    def seconds(self) -> float:
        return max((timezone.now() - self.since).total_seconds(), 1.0)

    @property
    def rows(self) -> str:
        if not self.total:
            return f"{self.done:,} rows so far"
        return f"{self.done:,} of {'' if self.exact else 'about '}{self.total:,} rows"

    @property
    def pace(self) -> str:
        """`120 rows a second, about 4 min left`; says nothing before there is something to say."""
        if not (self.under_way and self.done):
            return ""
        a_second = self.done / self.seconds
        left = timedelta(seconds=max(self.total - self.done, 0) / a_second)
        return f"{a_second:,.1f} rows a second" + (f", about {span(left)} left" if self.total > self.done else "")


def progress_of(run: SyncRun) -> Progress:
    phase, done, total, since = _phase(run)
    exact = run.state != SyncRun.State.RUNNING or bool(run.plan or run.undoes_id)
    return Progress(run.state, run.state in SyncRun.UNDER_WAY, phase, done, total, exact, since)


def _phase(run: SyncRun) -> tuple[str, int, int, datetime]:
    if run.state == SyncRun.State.DELIVERING:
        done = max(run.enqueued - under_way(run), 0)
        again = f"ended {moment_text(run.finished_at)}, and sending rows again" if run.finished_at else ""
        return again or "sending what changed", done, run.enqueued, run.read_at or run.started_at
    if run.state != SyncRun.State.RUNNING:
        return f"ended {moment_text(run.finished_at)}", run.read, run.expected, run.started_at
    if not run.process:
        return "waiting for a worker of the sync's cluster", 0, 0, run.started_at
    if run.undoes is not None:
        return "taking values back", run.read, run.undoes.delivered, run.started_at
    if not run.plan:
        # The source tells how many rows there are by sending the last one.
        usual = usual_rows(run)
        return "reading the source", run.expected, max(usual, run.expected) if usual else 0, run.started_at
    return "comparing and handing over", run.read, run.expected, run.started_at


def told(run: SyncRun) -> dict[str, object]:
    """As the page asks for it every few seconds."""
    progress = progress_of(run)
    return {
        "state": run.state,
        "under_way": progress.under_way,
        "word": run.get_state_display(),
        "next": next_step_of_run(run),
        "phase": progress.phase,
        "rows": progress.rows,
        "pace": progress.pace,
        "width": progress.width,
        "heard": moment_text(run.heartbeat_at),
    }
