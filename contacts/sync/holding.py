"""Whose run it is: signs of life, and the ways a run ends before it has read everything."""

from __future__ import annotations

import time

from django.db.models import F
from django.utils import timezone

from contacts.sync.models import SyncRun

SECONDS_A_BEAT = 2.0
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
