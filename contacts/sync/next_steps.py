"""Where a run or a row of the sync stands, and who does what about it, and when: one sentence or two."""

from __future__ import annotations

from contacts.sync import reasons
from contacts.sync.models import SyncRow, SyncRun

CANCELLING = "Cancelled by a person: its process ends it within seconds."
AFTER_AN_UNDO = (
    "The next run sends these values again, unless the source is mended or the definition is switched off before it starts."
)


def next_step_of_run(run: SyncRun) -> str:
    match run.state:
        case SyncRun.State.RUNNING | SyncRun.State.DELIVERING:
            return CANCELLING if run.cancelled_at else "Under way: it ends by itself."
        case SyncRun.State.WITH_ERRORS:
            return f"{run.failed} rows failed. The technical owner retries them; the next nightly run repairs them too."
        case SyncRun.State.STOPPED:
            return f"{run.error} {_after_a_stop(run)}".strip()
        case SyncRun.State.FAILED:
            return f"{run.error} The technical owner runs it again; the next nightly run repairs what is left.".strip()
    if run.dry_run and not run.decision:
        return "A plan: nothing was sent. The technical owner approves it, as long as nothing moves, or discards it."
    if run.decision:
        return f"Its plan was {run.decision} by {run.decided_by}: nobody has to act."
    return "Nobody has to act."


def _after_a_stop(run: SyncRun) -> str:
    if run.decision:
        return f"Its plan was {run.decision} by {run.decided_by}."
    match run.stop_code:
        case SyncRun.Stop.GUARD:
            return "Nothing was sent. The technical owner approves the plan or discards it."
        case SyncRun.Stop.CREDENTIALS:
            return "Nothing was sent. The technical owner renews them, then runs it again."
    return "The technical owner runs it again, or the next nightly run does what is left."


def next_step_of_row(row: SyncRow) -> str:
    if row.dismissed_at:
        return f"{row.reason} Dismissed by {row.dismissed_by}: {row.dismissal}".strip()
    return f"{row.reason} {_after_a_failure(row)}".strip()


def _after_a_failure(row: SyncRow) -> str:
    if row.state != SyncRow.State.FAILED:
        return ""
    if row.reason_code == reasons.UNREADABLE:
        return reasons.next_step_of(row.reason_code)
    return "The technical owner retries it, or the next nightly run does."
