"""Count what was asked for, part by part, and keep the counts; verify what was counted before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from contacts.consent.models import ProfileObservation, SubscriptionChange
from contacts.consent.resolver.rules import RULES
from contacts.models import Contact, FieldChange
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from journeys.definition.reading import read_graph
from journeys.rehearsal.background import OURS, Background, end, tell
from journeys.rehearsal.bounding import Cell
from journeys.rehearsal.counting import Counts, count_now
from journeys.rehearsal.models import RehearsalCell, RehearsalRun
from journeys.rehearsal.overlays import read_overlay
from journeys.rehearsal.remembering import from_today
from journeys.rehearsal.replaying import Replay, count_replay, in_parts
from journeys.rehearsal.scene import Scene

log = structlog.get_logger(__name__)
NOT_VERIFIED = "It could not be counted once more: {}"


def carry_out(run: RehearsalRun) -> None:
    started = time.perf_counter()
    watermark, counts = watermark_now(), count(run, partial(tell, run))
    keep(run, counts, watermark, time.perf_counter() - started)


REHEARSALS = Background(RehearsalRun, "rehearsals", "journeys.rehearsal.running.run_waiting", carry_out)


def run_waiting() -> int:
    return REHEARSALS.run_waiting(after=verify_waiting)


def verify_waiting() -> int:
    waiting = list(RehearsalRun.objects.filter(verifying=True).order_by("id"))
    for run in waiting:
        verify(run)
    return len(waiting)


def count(run: RehearsalRun, told: Callable[[int, int], None] = lambda done, parts: None) -> Counts:
    """`told`: after each part, how many are done."""
    total = Counts()
    for done, (part, parts) in enumerate(_parts(run), 1):
        for name in ("certain", "possible"):
            getattr(total, name).update(getattr(part, name))
        told(done, parts)
    return total


def _parts(run: RehearsalRun) -> Iterator[tuple[Counts, int]]:
    if run.mode != RehearsalRun.Mode.REPLAY:
        yield count_now(scene_of(run)), 1
        return
    parts = replays_of(run)
    for part in parts:
        yield count_replay(part), len(parts)


def replays_of(run: RehearsalRun) -> list[Replay]:
    return in_parts(scene_of(run), run.since, run.at) if run.since and run.at else []


def scene_of(run: RehearsalRun) -> Scene:
    """A replay sees all that has happened until it was asked for."""
    moment = run.created_at if run.mode == RehearsalRun.Mode.REPLAY or run.at is None else run.at
    past = run.mode == RehearsalRun.Mode.AS_OF
    return Scene(read_graph(run.graph), moment, past, read_overlay(run.overlay))


@transaction.atomic
def keep(run: RehearsalRun, counts: Counts, watermark: dict[str, int], seconds: float) -> None:
    kept = {"watermark": watermark, "resolver": resolver_version(), "notes": from_today(run)}
    end(run, seconds=round(seconds, 3), **kept)
    cells = sorted(counts.possible)
    RehearsalCell.objects.bulk_create(
        RehearsalCell(run=run, **cell._asdict(), certain=counts.certain[cell], possible=counts.possible[cell]) for cell in cells
    )


def verify(run: RehearsalRun) -> None:
    """Counts once more, and tells which cells differ; the run's own counts stay as they are."""
    try:
        moved = {"moved": differing(cells_of(run), count(run)), "verified_at": timezone.now(), "error": ""}
    except Problem as problem:
        moved = {"error": NOT_VERIFIED.format(problem)}
    except Exception as error:
        # The edge of the loop, as of a run that is counted for the first time.
        log.exception("rehearsal.not_verified", run=run.pk)
        moved = {"error": NOT_VERIFIED.format(OURS.format(type(error).__name__))}
    RehearsalRun.objects.filter(pk=run.pk).update(verifying=False, **moved)


def cells_of(run: RehearsalRun) -> Counts:
    counts = Counts()
    for row in run.cells.all():
        cell = Cell(row.step, row.outcome, row.reason, row.cause)
        counts.certain[cell], counts.possible[cell] = row.certain, row.possible
    return counts


def differing(before: Counts, after: Counts) -> list[list[object]]:
    """Rows of step, outcome, reason, cause, then at least and at most, before and after."""
    return [
        [*cell, before.certain[cell], before.possible[cell], after.certain[cell], after.possible[cell]]
        for cell in sorted({*before.possible, *after.possible})
        if (before.certain[cell], before.possible[cell]) != (after.certain[cell], after.possible[cell])
    ]


def watermark_now() -> dict[str, int]:
    """The newest row of each table that a rehearsal is counted from."""
    tables = {
        "event": Event,
        "ledger": SubscriptionChange,
        "observation": ProfileObservation,
        "contact": Contact,
        "field_change": FieldChange,
    }
    return {name: model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0 for name, model in tables.items()}


def resolver_version() -> str:
    """The same for the same rules in the same order."""
    return sha256(repr(RULES).encode()).hexdigest()[:12]
