"""Begin a run: one at a time of each definition, and never behind one that died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.seed import NAMESPACE_INFORMATION, seed_sync
from contacts.sync.window import window_start
from iterable_admin.errors import Permanent
from iterable_admin.processes import is_known_dead, this_process

SILENT_FOR_TOO_LONG = timedelta(minutes=10)
MOST_TAKES = 3
NEVER_TAKEN = "No worker took this run: is a cluster started with Q_CLUSTER_NAME=sync? The next run does what is left."
DIED = (
    "The process that read ({process}) ended or fell silent, {takes} times. "
    "What it enqueued is delivered; the next run does what is left."
)


class RunUnderWay(Permanent):
    """A second run is refused: two would compare against each other's unfinished work."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of run is asked for."""

    definition: SyncDefinition | None = None
    """None: the namespace information."""
    dry_run: bool = False
    limit: int | None = None
    only_email: str = ""
    executes: SyncRun | None = None
    undoes: SyncRun | None = None


def the_definition() -> SyncDefinition:
    seed_sync()
    return SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)


def start_run(trigger: str, started_by: AbstractBaseUser | None = None, wish: Wish | None = None) -> SyncRun:
    """The row of a new run, which nobody reads for yet. RunUnderWay if there is one; a dead one is closed first."""
    close_dead_runs()
    wish = wish or Wish()
    run = new_run(wish.definition or the_definition(), trigger, wish)
    run.started_by_id = started_by.pk if started_by else None
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        raise RunUnderWay(_under_way_since(run.definition)) from None
    return run


def new_run(definition: SyncDefinition, trigger: str, wish: Wish) -> SyncRun:
    """Not stored yet. Today is fixed here: a run that passes midnight keeps its window."""
    now = timezone.now()
    return SyncRun(
        definition=definition,
        trigger=trigger,
        dry_run=wish.dry_run,
        limit=wish.limit,
        only_email=wish.only_email,
        executes=wish.executes,
        undoes=wish.undoes,
        today=now.date(),
        window_start=window_start(now.date(), definition.window_months or settings.SYNC_WINDOW_MONTHS),
        started_at=now,
        heartbeat_at=now,
    )


def _under_way_since(definition: SyncDefinition) -> str:
    run = definition.runs.filter(state=SyncRun.State.RUNNING, dry_run=False).first()
    since = f" since {run.started_at:%Y-%m-%d %H:%M:%S} UTC (run {run.pk})" if run else ""
    return f"A run is under way{since}: wait for its end, or for it to be taken up again ten minutes after its last sign of life."


def take(run: SyncRun) -> bool:
    """Make this process the one that reads. False if another one has, or the run was closed."""
    run.process = this_process()
    free = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, process="")
    return bool(free.update(process=run.process, heartbeat_at=timezone.now(), takes=F("takes") + 1))


def close_dead_runs() -> int:
    """Runs whose process is known to be dead, or of which nothing was heard for ten minutes, end as failed."""
    return sum(_close(run) for run in dead_runs())


def dead_runs() -> list[SyncRun]:
    running = list(SyncRun.objects.filter(state=SyncRun.State.RUNNING))
    return [run for run in running if _silent(run) or is_known_dead(run.process)]


def free_dead_runs() -> list[SyncRun]:
    """Those that a process had in hand go to another one, three times at most; returns them. The others are closed."""
    freed = []
    for run in dead_runs():
        if run.process and run.takes < MOST_TAKES:
            silent = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, heartbeat_at=run.heartbeat_at)
            freed += [run] if silent.update(process="", heartbeat_at=timezone.now()) else []
        else:
            _close(run)
    return freed


def _silent(run: SyncRun) -> bool:
    return (run.heartbeat_at or run.started_at) < timezone.now() - SILENT_FOR_TOO_LONG


def _close(run: SyncRun) -> int:
    """By compare-and-set on the heartbeat: one that was heard of meanwhile is alive."""
    why = DIED.format(process=run.process, takes=run.takes) if run.process else NEVER_TAKEN
    silent = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, heartbeat_at=run.heartbeat_at)
    return silent.update(state=SyncRun.State.FAILED, error=why, finished_at=timezone.now())
