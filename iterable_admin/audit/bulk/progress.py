"""How far a bulk action is, as its page shows it and asks for it every few seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from iterable_admin.audit.bulk.wording import next_step, rows_of
from iterable_admin.audit.models import BulkAction
from iterable_admin.audit.pills import span

WIDTH = 1_000
"""Of the bar, in its own units."""


def told(bulk: BulkAction) -> dict[str, Any]:
    """`state` other than the page's makes the page load itself anew."""
    through = bulk.done + bulk.left_alone
    return {
        "state": bulk.state,
        "under_way": bulk.state in BulkAction.OPEN,
        "rows": f"{through:,} of {bulk.total:,} {rows_of(bulk)}",
        "done": f"{bulk.done:,}",
        "left": f"{bulk.left_alone:,}",
        "pace": _pace(bulk, through),
        "next": next_step(bulk),
        "width": min(WIDTH, through * WIDTH // bulk.total) if bulk.total else WIDTH,
    }


def _pace(bulk: BulkAction, through: int) -> str:
    if bulk.state not in BulkAction.OPEN or bulk.started_at is None or not bulk.done:
        return ""
    a_second = bulk.done / max((timezone.now() - bulk.started_at).total_seconds(), 1.0)
    return f"about {span(timedelta(seconds=int((bulk.total - through) / a_second) + 1))} left"
