"""The nightly comparison with Iterable's exports: webhooks are not guaranteed, and what they lost is made up for."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts.intake.export_lines import USERS, take_lines
from contacts.intake.iterable_webhooks.names import BOUNCE, COMPLAINT, SUBSCRIBE, UNSUBSCRIBE
from contacts.intake.models import Reconciliation
from iterable_admin.errors import Permanent, Problem, Temporary
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.reads import ExportFiles
from iterable_admin.iterable.writes import Export
from iterable_admin.outbox.connection import connect
from iterable_admin.processes import is_known_dead, this_process

log = structlog.get_logger(__name__)
State = Reconciliation.State

# A click on the way to unsubscribing is none, so hostedUnsubscribeClick is not asked for. People come last: what is
# observed of them is then explained by the events before.
KINDS = (UNSUBSCRIBE, SUBSCRIBE, BOUNCE, COMPLAINT, USERS)
FIELDS_OF_PEOPLE = (
    *("email", "userId", "emailListIds", "userListIds", "profileUpdatedAt"),
    *("unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds"),
)
# Exports trail behind what happened.
LOOK_BACK, FIRST_SPAN = timedelta(minutes=5), timedelta(days=1)
SECOND = timedelta(seconds=1)
SILENT_FOR_TOO_LONG = timedelta(minutes=30)
# Iterable keeps a job's files for a while only; an older one is begun anew.
RESUMED_WITHIN = timedelta(hours=20)
POLL_SECONDS, MOST_POLLS = 10.0, 720


class UnderWay(Permanent):
    """Two at a time would count the same twice."""


class Closed(Exception):
    """Somebody took this one for dead."""


def reconcile(trigger: str) -> Reconciliation:
    """Begins one, or goes on with the latest one that stopped. Whatever goes wrong is written on it, not raised."""
    return carry_out(begin(trigger))


def begin(trigger: str) -> Reconciliation:
    """The row, which nobody works on yet. UnderWay if there is one."""
    close_dead()
    try:
        with transaction.atomic():
            return _resumed() or _new(trigger)
    except IntegrityError:
        raise UnderWay(
            "A reconciliation is under way: wait for its end, or until nothing was heard of it for half an hour."
        ) from None


def close_dead() -> None:
    for row in Reconciliation.objects.filter(state=State.RUNNING):
        silent = row.heartbeat_at < timezone.now() - SILENT_FOR_TOO_LONG
        if silent or is_known_dead(row.process):
            why = f"The process that read ({row.process or 'none took it'}) ended or fell silent. The next start goes on with it."
            alive = Reconciliation.objects.filter(pk=row.pk, state=State.RUNNING, heartbeat_at=row.heartbeat_at)
            alive.update(state=State.INTERRUPTED, error=why, ended_at=timezone.now())


def _resumed() -> Reconciliation | None:
    latest = Reconciliation.objects.select_for_update().order_by("-pk").first()
    stopped = latest is not None and latest.state in (State.FAILED, State.INTERRUPTED)
    if latest is None or not stopped or latest.started_at < timezone.now() - RESUMED_WITHIN:
        return None
    latest.state, latest.ended_at, latest.error, latest.process = State.RUNNING, None, "", ""
    latest.heartbeat_at = timezone.now()
    latest.save()
    return latest


def _new(trigger: str) -> Reconciliation:
    now = timezone.now()
    last = Reconciliation.objects.filter(state=State.COMPLETED).order_by("-until").first()
    since = last.until - LOOK_BACK if last else now - FIRST_SPAN
    return Reconciliation.objects.create(trigger=trigger, since=since, until=now, started_at=now, heartbeat_at=now)


def carry_out(row: Reconciliation) -> Reconciliation:
    row.process = this_process()
    free = Reconciliation.objects.filter(pk=row.pk, state=State.RUNNING, process="")
    if not free.update(process=row.process, heartbeat_at=timezone.now()):
        return row
    try:
        for kind in KINDS:
            _read(connect(), row, kind)
        row.state = State.COMPLETED
    except Closed:
        log.warning("reconciliation closed meanwhile", row=row.pk)
        row.refresh_from_db()
        return row
    except Problem as problem:
        row.state, row.error = State.FAILED, f"{problem} The next start goes on where this one stopped."
    except Exception as error:
        # One that nobody ends would stand in the way of the next.
        log.exception("reconciliation failed", row=row.pk)
        row.state, row.error = (
            State.FAILED,
            f"Our bug: {type(error).__name__}. The technical owner has it mended; the log says where.",
        )
    row.ended_at = timezone.now()
    row.save()
    return row


def _read(client: IterableClient, row: Reconciliation, kind: str) -> None:
    """One export, file by file; each file's end is noted, so that the next start goes on behind it."""
    progress: dict[str, Any] = row.progress.setdefault(kind, {})
    if progress.get("done"):
        return
    if "job" not in progress:
        progress["job"] = client.exports.start(_export(kind, row.since, row.until))
        _save(row)
    ended = _wait(client, row, progress["job"])
    if ended.state != "completed":
        row.progress.pop(kind)
        raise Temporary(f"Iterable's export of {kind} ended as {ended.state}.")
    if ended.truncated:
        raise Permanent(f"Iterable cut its export of {kind} short, because it is too large.")
    _read_files(client, row, kind, progress)
    progress["done"] = True
    _save(row)


def _export(kind: str, since: datetime, until: datetime) -> Export:
    """To the end of the second in which the span ends: Iterable reads whole seconds, and leaves out the one that is named."""
    return Export(kind, since, until + SECOND, only_fields=FIELDS_OF_PEOPLE if kind == USERS else ())


def _wait(client: IterableClient, row: Reconciliation, job: int) -> ExportFiles:
    for polls in count():
        found = client.exports.files(job)
        if found.ended:
            return found
        if polls >= MOST_POLLS:
            break
        _save(row)
        time.sleep(min(POLL_SECONDS, POLL_SECONDS / settings.ITERABLE_RATE_LIMIT_SCALE))
    raise Temporary(f"Iterable's export {job} has not ended after two hours.")


def _read_files(client: IterableClient, row: Reconciliation, kind: str, progress: dict[str, Any]) -> None:
    # A page at a time, because the links of its files end after half an hour.
    while files := client.exports.files(progress["job"], start_after=progress.get("after")).files:
        for file in files:
            if file.name == progress.get("after"):
                return
            for counts in take_lines(kind, client.exports.download(file), row.until, str(row.pk)):
                _count(row, kind, counts)
            progress["after"] = file.name
            _save(row)


def _count(row: Reconciliation, kind: str, counts: dict[str, int]) -> None:
    drift = row.drift.setdefault(kind, {"read": 0, "new": 0, "unreadable": 0})
    for name, number in counts.items():
        drift[name] += number
    row.read = sum(of_kind["read"] for of_kind in row.drift.values())
    row.found = sum(of_kind["new"] for of_kind in row.drift.values())
    _save(row)


def _save(row: Reconciliation) -> None:
    """By compare-and-set: one that was taken for dead and closed writes nothing more."""
    kept = {name: getattr(row, name) for name in ("progress", "read", "found", "drift")}
    mine = Reconciliation.objects.filter(pk=row.pk, state=State.RUNNING, process=row.process)
    if not mine.update(heartbeat_at=timezone.now(), **kept):
        raise Closed


def next_step_of_reconciliation(row: Reconciliation) -> str:
    """Why it stopped, and who does what about it."""
    if row.state in (State.FAILED, State.INTERRUPTED):
        return f"{row.error} It is started by itself at night; the technical owner can start it now."
    return row.error
