"""Why rows of a run failed or were skipped: grouped, with when it was first seen and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.reasons import WORDS, next_step_of
from contacts.sync.retrying import is_retryable

State = SyncRow.State
GROUPED = (State.FAILED, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class Group:
    state: str
    code: str
    count: int
    dismissed: int
    has_rows: bool
    """Whether each has a row of its own to look at; else only their number is kept."""
    first_seen: datetime | None
    retryable: bool

    @property
    def words(self) -> str:
        return WORDS.get(self.code, "")

    @property
    def next_step(self) -> str:
        return next_step_of(self.code)

    @property
    def open(self) -> int:
        return self.count - self.dismissed if self.state == State.FAILED else 0


def groups(run: SyncRun) -> list[Group]:
    """Failed first, then by number. First seen in any run of the same definition."""
    counted = run.rows.filter(state__in=GROUPED).order_by().values_list("state", "reason_code")
    found = list(counted.annotate(number=Count("pk"), dismissed=Count("pk", filter=Q(dismissed_at__isnull=False))))
    failed, skipped = _first_failed(run), _first_skipped(run)
    of_rows = [
        Group(state, code, count, dismissed, True, failed.get(code), is_retryable(code))
        if state == State.FAILED
        else Group(state, code, count, 0, True, skipped.get(code), False)
        for state, code, count, dismissed in found
    ]
    rowless = [Group(State.SKIPPED, code, count, 0, False, skipped.get(code), False) for code, count in run.rowless.items()]
    return sorted([*of_rows, *rowless], key=lambda group: (group.state != State.FAILED, -group.count, group.code))


def _first_failed(run: SyncRun) -> dict[str, datetime]:
    """Of rows that failed for good, and are kept."""
    rows = SyncRow.objects.filter(run__definition=run.definition_id, state=State.FAILED)
    return dict(rows.order_by().values_list("reason_code").annotate(Min("run__started_at")))


def _first_skipped(run: SyncRun) -> dict[str, datetime]:
    """By what the runs counted, which outlives their rows."""
    seen: dict[str, datetime] = {}
    counted = run.definition.runs.exclude(skipped_reasons={}).order_by("pk").values_list("started_at", "skipped_reasons")
    for started_at, codes in counted:
        for code in codes:
            seen.setdefault(code, started_at)
    return dict.fromkeys(run.rowless, run.started_at) | seen
