"""One pass over the warehouse: read a thousand people, compare, store and enqueue them in one transaction, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.sync.classifying import batches, classify
from contacts.sync.comparing import Compared, compare, erased_users, keys_of, without
from contacts.sync.counting import COUNTED, recount
from contacts.sync.date_keys import learn_date_keys
from contacts.sync.models import SyncRun
from contacts.sync.readdressing import follow_addresses
from contacts.sync.sending import write_rows
from contacts.sync.storing import store
from iterable_admin.errors import Permanent, Problem
from iterable_admin.warehouse.marketing_contacts import count_contacts, read_contacts
from iterable_admin.warehouse.source import Source, open_source

log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Told how many rows were read since the last time, and how many there are in all."""

EMPTY = (
    "The source is empty: suspicious. No account was created within the window, so nothing was compared. "
    "See that the warehouse's table was built, and that WAREHOUSE_URL names the right one; then run again."
)
DIED_HERE = "Our bug: {name}: {error}. What was enqueued stays enqueued; the next run repairs the rest."


class Closed(Exception):
    """Somebody took this run for dead and closed it: whatever this process had in hand is undone."""


def carry_out(run: SyncRun, progress: Progress | None = None) -> SyncRun:
    """Reads everything and hands what changed to the outbox. Whatever goes wrong is written on the run, not raised."""
    try:
        for compared in examine(run, progress):
            write_batch(run, compared)
        end_reading(run)
    except Closed:
        log.warning("sync.closed_meanwhile", run=run.pk)
    except Problem as problem:
        fail(run, str(problem))
    except Exception as error:
        # A run that nobody ends would stand in the way of the next one.
        log.exception("sync.failed", run=run.pk)
        fail(run, DIED_HERE.format(name=type(error).__name__, error=error))
    run.refresh_from_db()
    return run


def examine(run: SyncRun, progress: Progress | None = None) -> Iterator[Compared]:
    """Reads and compares batch by batch; writes nothing but who has another address by now, and that not in a dry run."""
    date_keys = _learnt(run)
    with open_source(settings.WAREHOUSE_URL) as source:
        total = _rows_expected(run, source) if progress else 0
        read = 0
        for batch in batches(read_contacts(source, run.window_start), run.limit):
            classified = classify(batch, date_keys)
            if not run.dry_run:
                classified = follow_addresses(classified, run, date_keys)
            compared = compare(run.definition_id, classified, None if run.dry_run else run.started_at)
            read += compared.read
            yield compared
            if progress:
                progress(compared.read, max(total, read))
    if not read:
        raise Permanent(EMPTY)


def _learnt(run: SyncRun) -> list[str]:
    learn_date_keys(run.definition)
    if not run.dry_run:
        run.definition.save(update_fields=["date_keys"])
    date_keys: list[str] = run.definition.date_keys
    return date_keys


def _rows_expected(run: SyncRun, source: Source) -> int:
    there = count_contacts(source, run.window_start)
    return there if run.limit is None else min(there, run.limit)


@transaction.atomic
def write_batch(run: SyncRun, compared: Compared) -> None:
    erased = erased_for_good(keys_of(compared)) | erased_users(compared.people)
    if erased:
        compared = without(compared, erased)
    store(compared.people, run)
    write_rows(run, compared)
    mine = still_mine(run)
    mine.heartbeat_at = timezone.now()
    add(mine, compared)
    recount(mine)
    mine.save(update_fields=[*COUNTED, "heartbeat_at"])


def add(run: SyncRun, compared: Compared) -> None:
    """What has no row of its own; the rest is counted from the rows."""
    run.read += compared.read
    run.unchanged += compared.unchanged
    run.enqueued += len(compared.to_send)
    for code, number in (+compared.rowless).items():
        run.skipped_reasons[code] = run.skipped_reasons.get(code, 0) + number


def still_mine(run: SyncRun) -> SyncRun:
    mine = SyncRun.objects.select_for_update(no_key=True).filter(pk=run.pk, state=SyncRun.State.RUNNING, process=run.process)
    if not (found := mine.first()):
        raise Closed
    return found


@transaction.atomic
def end_reading(run: SyncRun) -> None:
    mine = still_mine(run)
    mine.state, mine.read_at = SyncRun.State.DELIVERING, timezone.now()
    recount(mine)
    mine.save(update_fields=[*COUNTED, "state", "read_at", "finished_at"])


def fail(run: SyncRun, why: str) -> None:
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING).update(
        state=SyncRun.State.FAILED, error=why, finished_at=timezone.now()
    )
