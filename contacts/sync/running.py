"""One run: read the source into the stage, compare, look at the plan, then store and enqueue what changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from contacts.models import Contact, Membership, Namespace, Presence
from contacts.sync.counting import COUNTED, recount
from contacts.sync.examining import examine, plan_of
from contacts.sync.guarding import objections
from contacts.sync.holding import CANCELLED, Cancelled, Closed, Pulse, fail, kept_alive, still_mine, stop
from contacts.sync.mapping import FieldMap
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.pipelining import Behind
from contacts.sync.planning import Plan
from contacts.sync.preflight import check_types, date_keys_of, field_types
from contacts.sync.querying import parameters
from contacts.sync.revisions import revision_of
from contacts.sync.staging.difference import Difference, find_difference
from contacts.sync.staging.people import find_people
from contacts.sync.staging.stage import Stage, open_stage
from contacts.sync.staging.standing import load_standing
from contacts.sync.undoing import restore
from contacts.sync.writing import keep_planned, mark_gone, note_difference, write_batch
from iterable_admin.connections import reconnect
from iterable_admin.errors import Problem
from iterable_admin.statistics import Growth
from iterable_admin.warehouse.errors import CredentialsExpired
from iterable_admin.warehouse.source import open_source

log = structlog.get_logger(__name__)

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and how much there is (0: not known yet)."""

GROWING = (Contact, Namespace, Membership, Presence, SyncState, SyncRow)
"""What a first load fills."""

PROMISED = ("digest", "left", "vanished")
"""Of a plan, what has to be the same for it to be carried out."""
MOVED = (
    "Something has moved since the plan of {run} was made: {was:,} people were to be sent and {were_gone:,} marked as gone then, "
    "{now:,} and {are_gone:,} are now, or others. Nothing was sent, and nobody was marked. "
    "Look at the new plan, and approve or discard it."
)
DATABASE_GONE = (
    "The database ended a statement or went away: {error}. What was enqueued stays enqueued. Once it answers again the technical "
    "owner starts the sync, or the next night does, and what is left is done then."
)
DIED_HERE = "Our bug: {name}: {error}. What was enqueued stays enqueued; the next run repairs the rest."


def carry_out(run: SyncRun, progress: Progress | None = None) -> SyncRun:
    """Does what the run is for. Whatever goes wrong is written on it, not raised."""
    try:
        restore(run) if run.undoes_id else _read_and_send(run, progress or (lambda phase, done, total: None))
    except Closed:
        log.warning("sync.closed_meanwhile", run=run.pk)
    except Cancelled:
        stop(run, SyncRun.Stop.CANCELLED, CANCELLED)
    except CredentialsExpired as problem:
        stop(run, SyncRun.Stop.CREDENTIALS, str(problem))
    except Problem as problem:
        fail(run, str(problem))
    except (OperationalError, InterfaceError) as error:
        log.exception("sync.failed", run=run.pk)
        reconnect()
        fail(run, DATABASE_GONE.format(error=str(error).partition("\n")[0]))
    except Exception as error:
        # A run that nobody ends would stand in the way of the next one.
        log.exception("sync.failed", run=run.pk)
        fail(run, DIED_HERE.format(name=type(error).__name__, error=error))
    run.refresh_from_db()
    return run


def _read_and_send(run: SyncRun, progress: Progress) -> None:
    fields = prepare(run)
    with open_stage() as stage:
        with kept_alive(run):
            difference = _stage(run, stage, fields, progress)
            plan = plan_of(run, stage, fields, difference)
        run.plan = plan.told() | {"left": difference.left, "vanished": difference.vanished}
        run.plan["objections"] = why = _what_stops(run, difference, plan)
        note_difference(run, difference)
        if run.dry_run or why:
            # Row by row, for the person who decides.
            with closing(examine(run, stage, fields)) as batches:
                keep_planned(run, batches)
        else:
            _write(run, stage, fields, difference, progress)
    if why and not run.dry_run:
        stop(run, SyncRun.Stop.GUARD, " ".join(why))
    else:
        end_reading(run)


def prepare(run: SyncRun) -> FieldMap:
    """Learns the types that Iterable holds; a dry run, which costs no call, goes by those learnt before."""
    definition = run.definition
    types = None if run.dry_run else field_types()
    if types is not None:
        mapped = {row.field for row in definition.mappings.all()}
        definition.held_types = {name: held for name, held in types.items() if name in mapped or f"{name}." in str(mapped)}
        definition.date_keys = date_keys_of(types)
        definition.save(update_fields=["held_types", "date_keys"])
    check_types(definition, definition.held_types)
    return FieldMap.of(definition)


def _stage(run: SyncRun, stage: Stage, fields: FieldMap, progress: Progress) -> Difference:
    revision, pulse = revision_of(fields), Pulse(run)
    with open_source(settings.WAREHOUSE_URL) as source:
        told = partial(_tell_reading, pulse, progress)
        stage.fill(source.batches(run.definition.query, parameters(run)), told)
    stage.spread()
    find_people(stage, run, revision)
    load_standing(stage, run)
    pulse.beat()
    return find_difference(stage, run, revision)


def _tell_reading(pulse: Pulse, progress: Progress, rows: int) -> None:
    progress("reading", rows, 0)
    pulse.beat(expected=rows)


def _what_stops(run: SyncRun, difference: Difference, plan: Plan) -> list[str]:
    if run.executes is None:
        return objections(run, difference, plan)
    promised = {"left": run.executes.left, "vanished": run.executes.vanished} | run.executes.plan
    if all(promised.get(name) == run.plan[name] for name in PROMISED):
        return []
    gone = {"were_gone": promised["left"] + promised["vanished"], "are_gone": difference.left + difference.vanished}
    return [MOVED.format(run=run.executes, was=promised.get("to_send", 0), now=plan.to_send, **gone)]


def _write(run: SyncRun, stage: Stage, fields: FieldMap, difference: Difference, progress: Progress) -> None:
    done, growth = 0, Growth(GROWING)
    with Behind(partial(write_batch, run, stage)) as writer, closing(examine(run, stage, fields, writer.wait)) as batches:
        for compared in batches:
            writer.take(compared)
            growth.note(len(compared.to_send))
            done += compared.read
            progress("comparing", done, difference.to_do)
    if run.limit is None and not run.only_email:
        mark_gone(run, stage)


@transaction.atomic
def end_reading(run: SyncRun) -> None:
    mine = still_mine(run)
    mine.read_at = timezone.now()
    if mine.dry_run:
        mine.state, mine.finished_at = SyncRun.State.COMPLETED, mine.read_at
    else:
        mine.state = SyncRun.State.DELIVERING
    recount(mine)
    mine.save(update_fields=[*COUNTED, "state", "read_at", "finished_at"])
