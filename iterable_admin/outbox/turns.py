"""A turn for every call of the configured client: from the buckets that all processes share, and none while halted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connections
from django.utils import timezone

from iterable_admin.errors import Misconfigured, Temporary
from iterable_admin.iterable.errors import Forbidden, IterableError, ServiceBusy
from iterable_admin.outbox.limits import give_turns_back, pause_endpoint, reserve
from iterable_admin.outbox.switching import current, halt, may_call, resume

STEP = 0.1
# How long the rest of a claim waits for its next call; a longer pause is not waited for under a lease.
PATIENCE = 10.0
# Under the minute in which Django-Q ends a task; the slowest bucket gives a turn every twenty seconds.
PATIENCE_OF_A_READ = 30.0
PAUSE_AFTER_429 = 1.0
PAUSE_AFTER_403 = 60.0
# Besides a 5xx these say nothing good of the key; any other 4xx was answered to a key that was taken.
UNDECIDED = {401, 403, 408, 429}


class NoTurn(Temporary):
    """The shared limit gives no further call soon."""


class Halted(Misconfigured):
    """Nothing is called: the key was refused, and the next test of it is not due."""


class Prepaid:
    """Turns taken before a claim, for all of its calls; threads share them."""

    def __init__(self, turns: Mapping[str, int], *, probing: bool = False) -> None:
        self.left = dict(turns)
        self.probing = probing
        self.used = False
        self.thread = threading.get_ident()
        self._lock = threading.Lock()

    def take(self, endpoint: str) -> bool:
        with self._lock:
            if self.left.get(endpoint, 0) <= 0:
                return False
            self.left[endpoint] -= 1
            return True


_prepaid: ContextVar[Prepaid | None] = ContextVar("prepaid", default=None)
_began: ContextVar[datetime | None] = ContextVar("began", default=None)
_testing: ContextVar[bool] = ContextVar("testing", default=False)


@contextmanager
def prepaid(turns: Prepaid) -> Iterator[None]:
    """Calls in here use up these turns first; what is left over goes back. The caller heeds what came of them."""
    token = _prepaid.set(turns)
    try:
        yield
    finally:
        _prepaid.reset(token)
        for endpoint, left in turns.left.items():
            give_turns_back(endpoint, left)


@contextmanager
def trying_the_key() -> Iterator[None]:
    """An operator asks: calls in here are made while halted too, and a good one lifts the halt."""
    token = _testing.set(True)
    try:
        yield
    finally:
        _testing.reset(token)


class SharedTurns:
    """The Limiter of the configured client."""

    def wait_for(self, endpoint: str) -> None:
        turns = _prepaid.get()
        if turns is None:
            _refuse_while_halted()
            _wait(endpoint, PATIENCE_OF_A_READ)
            _began.set(timezone.now())
            return
        turns.used = True
        if not turns.take(endpoint):
            _wait_beside(endpoint, turns)
        elif threading.get_ident() == turns.thread:
            stop_if_halted()

    def heed(self, endpoint: str, error: IterableError | None) -> None:
        if _prepaid.get() is None:
            heed(endpoint, error)
            switch, began = current(), _began.get()
            # What was asked before the key was refused tells nothing of it now.
            if key_was_taken(error) and switch.halted_at and began and began > switch.halted_at:
                resume(switch)


def heed(endpoint: str, error: IterableError | None) -> None:
    """What one answer means for everybody's next call."""
    if isinstance(error, Forbidden):
        pause_endpoint(endpoint, PAUSE_AFTER_403, too_many=False)
    elif isinstance(error, Misconfigured):
        halt(str(error))
    elif isinstance(error, ServiceBusy) and error.call.status == 429:
        pause_endpoint(endpoint, error.retry_after or PAUSE_AFTER_429)


def key_was_taken(error: IterableError | None) -> bool:
    if error is None:
        return True
    status = error.call.status
    return status is not None and 400 <= status < 500 and status not in UNDECIDED


def _refuse_while_halted() -> None:
    switch = current()
    if not _testing.get() and not may_call(switch):
        raise Halted(f"Nothing is asked of Iterable while sending is halted: {switch.halted_because}")


def stop_if_halted() -> None:
    """Raises Halted in a drain whose next call another worker's refused key has stopped; not in one that tests the key."""
    turns, switch = _prepaid.get(), current()
    if turns is not None and not turns.probing and switch.halted_at:
        raise Halted(f"Another worker halted sending: {switch.halted_because}")


def _wait_beside(endpoint: str, turns: Prepaid) -> None:
    """For a call that was not foreseen, or the next batch of a claim."""
    try:
        stop_if_halted()
        _wait(endpoint, PATIENCE)
    finally:
        # A thread of the pool ends without a word: its connection would stay.
        if threading.get_ident() != turns.thread:
            connections.close_all()


def _wait(endpoint: str, patience: float) -> None:
    granted, wait = reserve(endpoint)
    end = time.monotonic() + patience
    while not granted:
        if time.monotonic() + wait > end:
            raise NoTurn(f"The limit of {endpoint}, which all workers share, gives no call for {wait:.0f} seconds.")
        time.sleep(min(wait, STEP))
        granted, wait = reserve(endpoint)
