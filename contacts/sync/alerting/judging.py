"""Whether a trigger fires now, in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from contacts.sync.models import SyncRow, SyncRun, SyncTrigger

State, Kind = SyncRun.State, SyncTrigger.Kind
FINISHED = (State.COMPLETED, State.WITH_ERRORS)
ENDED = (*FINISHED, State.FAILED, State.STOPPED)
RETRIED = Q(state=State.DELIVERING, finished_at__isnull=False)
"""Had finished before some of its rows were sent again, and goes on counting as that."""


def sentence_of(trigger: SyncTrigger, now: datetime) -> str:
    """Empty where nothing is wrong."""
    match trigger.kind:
        case Kind.OVERDUE:
            return _overdue(trigger, now)
        case Kind.FAILED:
            return _failed(trigger)
        case Kind.STOPPED:
            return _stopped(trigger)
    return _failed_rows(trigger)


def _latest(trigger: SyncTrigger, *states: str) -> SyncRun | None:
    """Of the whole: neither dry, nor for one person, nor undoing."""
    return _runs(trigger, *states).order_by("-id").first()


def _runs(trigger: SyncTrigger, *states: str) -> QuerySet[SyncRun]:
    """What a person cancelled says nothing: neither that something is wrong, nor that it is well again."""
    ended = Q(state__in=states) | RETRIED
    runs = trigger.definition.runs.filter(ended, dry_run=False, only_email="", limit=None, undoes=None)
    return runs.exclude(stop_code=SyncRun.Stop.CANCELLED)


def _overdue(trigger: SyncTrigger, now: datetime) -> str:
    run = _runs(trigger, *FINISHED).exclude(finished_at=None).order_by("-finished_at").first()
    last = run and run.finished_at
    if now - max(last or trigger.since, trigger.since) <= timedelta(hours=trigger.threshold):
        return ""
    then = f"the last one ended at {last:%Y-%m-%d %H:%M} UTC ({run})" if last else "there was none"
    return f"No run of {trigger.definition} has finished for {trigger.threshold} hours: {then}."


def _failed(trigger: SyncTrigger) -> str:
    run = _latest(trigger, *ENDED)
    refused = run is not None and run.stop_code == SyncRun.Stop.CREDENTIALS
    if run is None or not (run.state == State.FAILED or refused):
        return ""
    return f"{str(run).capitalize()} of {trigger.definition} {'was refused' if refused else 'failed'}: {run.error}"


def _stopped(trigger: SyncTrigger) -> str:
    run = _latest(trigger, *ENDED)
    if run is None or run.stop_code != SyncRun.Stop.GUARD or run.decision:
        return ""
    return f"{str(run).capitalize()} of {trigger.definition} stopped before it sent anything, and waits for a person: {run.error}"


def _failed_rows(trigger: SyncTrigger) -> str:
    run = _latest(trigger, *FINISHED)
    failed = _failed_so_far(run) if run else 0
    if run is None or not failed or failed * 100 <= run.read * trigger.threshold:
        return ""
    return f"{failed:,} of {run.read:,} rows of {run} of {trigger.definition} failed (more than {trigger.threshold} %)."


def _failed_so_far(run: SyncRun) -> int:
    """What is being sent again had failed, and is no better before it has arrived."""
    if run.state != State.DELIVERING:
        return run.failed
    return run.rows.filter(state__in=(SyncRow.State.FAILED, SyncRow.State.ENQUEUED)).count()
