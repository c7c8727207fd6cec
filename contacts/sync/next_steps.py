"""Where a run or a row of the sync stands, and who does what about it, and when: one sentence or two."""

from __future__ import annotations

from contacts.sync.models import SyncRow, SyncRun


def next_step_of_run(run: SyncRun) -> str:
    match run.state:
        case SyncRun.State.RUNNING | SyncRun.State.DELIVERING:
            return "Under way: it ends by itself."
        case SyncRun.State.WITH_ERRORS:
            return f"{run.failed} rows failed. The technical owner retries them; the next nightly run repairs them too."
        case SyncRun.State.FAILED | SyncRun.State.INTERRUPTED:
            return f"{run.error} The technical owner runs it again; the next nightly run repairs what is left.".strip()
    return ""


def next_step_of_row(row: SyncRow) -> str:
    then = "The technical owner retries it, or the next nightly run does." if row.state == SyncRow.State.FAILED else ""
    return f"{row.reason} {then}".strip()
