"""Count what was asked for, part by part, and keep the counts; verify what was counted before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import structlog
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from contacts.consent.models import ProfileObservation, SubscriptionChange
from contacts.consent.resolver.rules import RULES
from contacts.models import Contact, FieldChange
from iterable_admin.errors import Problem
from iterable_admin.inbox.models import Event
from iterable_admin.waking.waking import begin, finish
from journeys.definition.reading import read_graph
from journeys.rehearsal.asking import WAKE_UP
from journeys.rehearsal.bounding import Cell
from journeys.rehearsal.counting import Counts, count_now
from journeys.rehearsal.models import RehearsalCell, RehearsalRun
from journeys.rehearsal.overlays import read_overlay
from journeys.rehearsal.remembering import from_today
from journeys.rehearsal.replaying import Replay, count_replay, in_parts
from journeys.rehearsal.scene import Scene

log = structlog.get_logger(__name__)
State = RehearsalRun.State
LEASE = timedelta(minutes=10)
"""Longer than any part takes: of a worker that was killed nothing is heard for that long."""
MOST_TAKES = 3
DIED = "Three workers ended before they were through: the technical owner looks into the log of the workers."


class Cancelled(Exception):
    """By somebody, or taken up by another worker."""


def run_waiting() -> int:
    """For the wake-up and the sweep. Returns how many ended."""
    begin(WAKE_UP)
    ended = 0
    try:
        while (run := take()) is not None:
            carry_out(run)
            ended += 1
        for run in RehearsalRun.objects.filter(verifying=True).order_by("id"):
            verify(run)
            ended += 1
    finally:
        finish(WAKE_UP)
    return ended


@transaction.atomic
def take() -> RehearsalRun | None:
    now = timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=now)
    run = RehearsalRun.objects.filter(free).order_by("id").select_for_update(skip_locked=True, of=("self",)).first()
    if run is None:
        return None
    if run.takes >= MOST_TAKES:
        RehearsalRun.objects.filter(pk=run.pk).update(state=State.FAILED, error=DIED, ended_at=now, lease_until=None)
        return None
    run.state, run.takes, run.lease_until, run.done = State.RUNNING, run.takes + 1, now + LEASE, 0
    run.save(update_fields=["state", "takes", "lease_until", "done"])
    return run


def carry_out(run: RehearsalRun) -> None:
    started = time.perf_counter()
    try:
        watermark, counts = watermark_now(), count(run, told=True)
        keep(run, counts, watermark, time.perf_counter() - started)
    except Cancelled:
        return
    except Problem as problem:
        _fail(run, str(problem))
    except Exception as error:
        # The edge of the loop: one run must not keep the others from being counted.
        log.exception("rehearsal.failed", run=run.pk)
        _fail(run, f"Our error ({type(error).__name__}), which the log tells: the technical owner looks into it.")


def _fail(run: RehearsalRun, error: str) -> None:
    ended = {"state": State.FAILED, "error": error, "ended_at": timezone.now(), "lease_until": None}
    RehearsalRun.objects.filter(pk=run.pk, state=State.RUNNING).update(**ended)


def count(run: RehearsalRun, *, told: bool = False) -> Counts:
    """`told`: says how far it is, and ends where somebody cancelled."""
    total = Counts()
    for done, (part, parts) in enumerate(_parts(run), 1):
        for name in ("certain", "possible"):
            getattr(total, name).update(getattr(part, name))
        if told and not RehearsalRun.objects.filter(pk=run.pk, state=State.RUNNING).update(
            done=done, parts=parts, lease_until=timezone.now() + LEASE
        ):
            raise Cancelled
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
    now = timezone.now()
    ended = {"state": State.COMPLETED, "ended_at": now, "lease_until": None, "seconds": round(seconds, 3)}
    kept = {"watermark": watermark, "resolver": resolver_version(), "notes": from_today(run)}
    if not RehearsalRun.objects.filter(pk=run.pk, state=State.RUNNING).update(**ended, **kept):
        raise Cancelled
    cells = sorted(counts.possible)
    RehearsalCell.objects.bulk_create(
        RehearsalCell(run=run, **cell._asdict(), certain=counts.certain[cell], possible=counts.possible[cell]) for cell in cells
    )


def verify(run: RehearsalRun) -> list[list[object]]:
    """Counts once more, and tells which cells differ; the run's own counts stay as they are."""
    try:
        differ = differing(cells_of(run), count(run))
        RehearsalRun.objects.filter(pk=run.pk).update(verifying=False, verified_at=timezone.now(), moved=differ)
    except Problem as problem:
        differ = [["", str(problem)]]
        RehearsalRun.objects.filter(pk=run.pk).update(verifying=False, verified_at=timezone.now(), moved=differ)
    return differ


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
