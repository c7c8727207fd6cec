"""Why rows of a run failed or were skipped: grouped, with when it was first seen and what to do about it."""

from __future__ import annotations

from collections.abc import Collection
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
    seen = _first_seen(run, {code for _, code, _, _ in found})
    since = _first_rowless(run, run.rowless.keys())
    of_rows = [
        Group(state, code, count, dismissed, True, seen.get(code), state == State.FAILED and is_retryable(code))
        for state, code, count, dismissed in found
    ]
    rowless = [Group(State.SKIPPED, code, count, 0, False, since.get(code), False) for code, count in run.rowless.items()]
    return sorted([*of_rows, *rowless], key=lambda group: (group.state != State.FAILED, -group.count, group.code))


def _first_seen(run: SyncRun, codes: Collection[str]) -> dict[str, datetime]:
    rows = SyncRow.objects.filter(run__definition=run.definition_id, state__in=GROUPED, reason_code__in=codes)
    return dict(rows.order_by().values_list("reason_code").annotate(Min("run__started_at")))


def _first_rowless(run: SyncRun, codes: Collection[str]) -> dict[str, datetime]:
    if not codes:
        return {}
    seen: dict[str, datetime] = {}
    earlier = run.definition.runs.exclude(rowless={}).order_by("pk").values_list("started_at", "rowless")
    for started_at, rowless in earlier:
        for code in rowless:
            seen.setdefault(code, started_at)
    return {code: seen[code] for code in codes if code in seen}
