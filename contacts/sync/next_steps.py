"""Where a run or a row of the sync stands, and who does what about it, and when: one sentence or two."""

from __future__ import annotations

from contacts.sync import reasons
from contacts.sync.models import SyncRow, SyncRun
from iterable_admin.outbox.switching import Mode, current, mode

MENDED_AT_THE_SOURCE = "whoever builds the table mends the row there; the next run reads it again."
RETRIED = "The technical owner retries it, or the next nightly run does."

CANCELLING = "Cancelled by a person: its process ends it within seconds."
NOT_IN_THE_WINDOW = "No row of this address is in the window: nothing was compared, and nothing is sent."
AFTER_AN_UNDO = (
    "The next run sends these values again, unless the source is mended or the definition is switched off before it starts."
)


def next_step_of_run(run: SyncRun, *, brief: bool = False) -> str:
    """`brief`: for a list, without a question to the database for each run."""
    match run.state:
        case SyncRun.State.RUNNING:
            return CANCELLING if run.cancelled_at else "Under way: it ends by itself."
        case SyncRun.State.DELIVERING:
            return "Under way: its deliveries go out." if brief else _while_delivering()
        case SyncRun.State.WITH_ERRORS:
            return f"{_rows(run.failed)} failed: see there who acts next." if brief else _after_errors(run)
        case SyncRun.State.STOPPED:
            return f"{run.error} {_after_a_stop(run)}".strip()
        case SyncRun.State.FAILED:
            return f"{run.error} The technical owner runs it again; the next nightly run repairs what is left.".strip()
    if is_of_nobody(run):
        return NOT_IN_THE_WINDOW
    if run.dry_run and not run.decision:
        return "A plan: nothing was sent. The technical owner approves it, as long as nothing moves, or discards it."
    if run.decision:
        return f"Its plan was {run.decision} by {run.decided_by}: nobody has to act."
    return _after_no_failure(run, brief)


def is_of_nobody(run: SyncRun) -> bool:
    """A run for one person whom the source does not have."""
    return bool(run.only_email) and run.read_at is not None and not run.read


def _after_no_failure(run: SyncRun, brief: bool) -> str:
    """A row that was skipped may wait for somebody all the same: the warehouse has the same mailbox twice, for instance."""
    if run.skipped and brief:
        return "Nothing failed."
    held = run.rows.filter(state=SyncRow.State.SKIPPED, reason_code__in=reasons.FOR_SOMEBODY, dismissed_at=None).count()
    if run.skipped and held:
        return f"Nothing failed. {_rows(held)} wait{'s' if held == 1 else ''} for somebody: the reasons below say for whom."
    return reasons.NOBODY


def _while_delivering() -> str:
    switch = current()
    if switch.halted_at:
        return f"Waits: {switch.halted_because} The technical owner mends the key; then it goes on by itself."
    if mode(switch) == Mode.PAUSED:
        return "Waits: sending is paused. Whoever paused it lets it go on; then it ends by itself."
    return "Under way: it ends by itself."


def _after_errors(run: SyncRun) -> str:
    failed = run.rows.filter(state=SyncRow.State.FAILED)
    unreadable = failed.filter(reason_code=reasons.UNREADABLE).count()
    rest = run.failed - unreadable
    words = [f"{_rows(run.failed)} failed."]
    if rest:
        words.append(f"The technical owner retries {_rows(rest)}; the next nightly run repairs them too.")
    if unreadable:
        words.append(f"{_rows(unreadable)} could not be read: {MENDED_AT_THE_SOURCE}")
    return " ".join(words)


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


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
    if row.state != SyncRow.State.FAILED:
        return row.reason
    unreadable = row.reason_code == reasons.UNREADABLE
    return f"{row.reason} {MENDED_AT_THE_SOURCE.capitalize() if unreadable else RETRIED}".strip()
