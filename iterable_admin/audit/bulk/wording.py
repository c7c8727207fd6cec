"""What became of a bulk action, in sentences, and why a row was left alone, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps

from iterable_admin.audit.models import BulkAction

if TYPE_CHECKING:
    from iterable_admin.audit.operating import Operation

State = BulkAction.State
GONE = "no longer there"
CHANGED = "changed at the last moment"
DIED = (
    "Five workers in a row ended before they were through with the next rows, so nobody tries again. "
    "The technical owner looks into the log of the workers, now."
)
UNKNOWN = "This version has no such operation: begin again from the list."
NOT_ALLOWED = "{who} may not do this any more. Whoever may begins again from the list."


def left_because(operation: Operation, row: Any) -> str:
    """By the operation's own words, else by the state the row was in."""
    if operation.why:
        return operation.why(row)
    return str(row.get_state_display()) if hasattr(row, "get_state_display") else operation.left_alone


def rows_of(bulk: BulkAction) -> str:
    """Of a kind that is gone since, no name is known."""
    try:
        return str(apps.get_model(bulk.model)._meta.verbose_name_plural)
    except LookupError:
        return "rows"


def outcome(bulk: BulkAction) -> str:
    """`Retry: 480 of 500 deliveries. Left alone: 12 being sent, 8 delivered.`"""
    told = f"{bulk.label}: {bulk.done:,} of {bulk.total:,} {rows_of(bulk)}."
    if bulk.left:
        told += f" Left alone: {', '.join(f'{number:,} {reason}' for reason, number in sorted(bulk.left.items()))}."
    rest = bulk.total - bulk.done - bulk.left_alone
    return f"{told} Not reached: {rest:,}." if rest and bulk.finished_at else told


def next_step(bulk: BulkAction) -> str:
    match bulk.state:
        case State.WAITING:
            return "A worker takes it up within a minute; nobody needs to act."
        case State.RUNNING:
            return "A worker is at it; nobody needs to act, and this page may be left."
        case State.STOPPED:
            return bulk.error
        case State.CANCELLED:
            return f"{bulk.error} What was done stays done; the rest was not touched."
    return "Nobody needs to act." if not bulk.left else "Below stands what was left alone, and why."
