"""The figures of a run, always counted from its rows and never moved by hand, and what they say about its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from contacts.sync.models import SyncRow, SyncRun

State = SyncRow.State
# States that follow from the rows; a run that failed or was stopped keeps saying so.
FOLLOWS_ROWS = (SyncRun.State.DELIVERING, SyncRun.State.COMPLETED, SyncRun.State.WITH_ERRORS)
COUNTED = ["read", "unchanged", "enqueued", "delivered", "skipped", "failed", "skipped_reasons", "rowless", "counted_at"]
BIG, ROWS_A_SECOND = 5_000, 10_000


def recount_runs(run_ids: Iterable[int]) -> None:
    """In the caller's transaction, after its rows are written: the lock makes the last one to commit see all of them."""
    for run in SyncRun.objects.select_for_update(no_key=True).filter(pk__in=set(run_ids), dry_run=False).order_by("pk"):
        if not counted_lately(run):
            recount(run)
            run.save(update_fields=[*COUNTED, "state", "finished_at"])


def counted_lately(run: SyncRun) -> bool:
    """Counting goes through all rows, of a million in three seconds: as long as more is to come, the rarer the more there are."""
    if run.enqueued < BIG or run.counted_at is None:
        return False
    lately = run.counted_at > timezone.now() - timedelta(seconds=run.enqueued / ROWS_A_SECOND)
    return lately and run.rows.filter(state=State.ENQUEUED).exists()


def recount(run: SyncRun) -> None:
    states: Counter[str] = Counter()
    why: Counter[str] = Counter(run.rowless)
    for state, code, number in run.rows.order_by().values_list("state", "reason_code").annotate(Count("pk")):
        states[state] += number
        if state == State.SKIPPED:
            why[code] += number
    run.delivered, run.failed, run.skipped = states[State.DELIVERED], states[State.FAILED], why.total()
    run.skipped_reasons, run.counted_at = dict(sorted(why.items())), timezone.now()
    if run.state in FOLLOWS_ROWS:
        _follow(run, under_way=states[State.ENQUEUED])


def _follow(run: SyncRun, under_way: int) -> None:
    if under_way:
        # A run that had finished, and whose rows are retried, keeps its first end: the night's, not that of a late repair.
        run.state = SyncRun.State.DELIVERING
        return
    run.state = SyncRun.State.WITH_ERRORS if run.failed else SyncRun.State.COMPLETED
    run.finished_at = run.finished_at or timezone.now()


def under_way(run: SyncRun) -> int:
    """Rows of which Iterable has not said the last word."""
    return run.rows.filter(state=State.ENQUEUED).count()
