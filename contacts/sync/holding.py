"""Whose run it is: signs of life, and the ways a run ends before it has read everything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog
from django.db import Error, connection, connections
from django.db.models import F
from django.utils import timezone

from contacts.sync.models import SyncRun

log = structlog.get_logger(__name__)

SECONDS_A_BEAT = 2.0
SECONDS_A_QUIET_BEAT = 30.0
"""While nothing comes that could be told: often enough beside the ten minutes after which a silent run is taken for dead."""
CANCELLED = "Cancelled by a person. What was sent stays; what was not is left to the next run."


class Closed(Exception):
    """Somebody took this run for dead and closed it: whatever this process had in hand is undone."""


class Cancelled(Exception):
    """A person asked for the run to end."""


class Pulse:
    """Told often, writes seldom: shows how far the reading is, and notices that the run was cancelled or taken away."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self.last = 0.0

    def beat(self, expected: int | None = None) -> None:
        if time.monotonic() - self.last < SECONDS_A_BEAT:
            return
        self.last = time.monotonic()
        mine = SyncRun.objects.filter(pk=self.run.pk, state=SyncRun.State.RUNNING, process=self.run.process)
        alive = mine.update(heartbeat_at=timezone.now(), expected=F("expected") if expected is None else expected)
        if not alive:
            raise Closed
        if mine.filter(cancelled_at__isnull=False).exists():
            raise Cancelled


@contextmanager
def kept_alive(run: SyncRun) -> Iterator[None]:
    """A source may think for a quarter of an hour before its first row: a thread with a connection of its own beats meanwhile.

    Not where that connection would not see the transaction under way, nor on SQLite, which has one writer.
    """
    if connection.in_atomic_block or connection.vendor != "postgresql":
        yield
        return
    ended = Event()
    beating = Thread(target=_beat_until, args=(ended, run), name="alive", daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()


def _beat_until(ended: Event, run: SyncRun) -> None:
    mine = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, process=run.process)
    try:
        while not ended.wait(SECONDS_A_QUIET_BEAT) and mine.update(heartbeat_at=timezone.now()):
            pass
    except Error as error:
        # The run itself learns of it with its own next statement.
        log.warning("sync.no_signs_of_life", run=run.pk, error=str(error).partition("\n")[0])
    finally:
        connections.close_all()


def still_mine(run: SyncRun) -> SyncRun:
    """Locked until the transaction ends."""
    mine = SyncRun.objects.select_for_update(no_key=True).filter(pk=run.pk, state=SyncRun.State.RUNNING, process=run.process)
    if not (found := mine.first()):
        raise Closed
    if found.cancelled_at:
        raise Cancelled
    return found


def fail(run: SyncRun, why: str) -> None:
    _end(run, state=SyncRun.State.FAILED, error=why)


def stop(run: SyncRun, code: SyncRun.Stop, why: str) -> None:
    _end(run, state=SyncRun.State.STOPPED, stop_code=code, error=why)


def _end(run: SyncRun, **changes: object) -> None:
    mine = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.RUNNING, process=run.process)
    mine.update(finished_at=timezone.now(), **changes)
