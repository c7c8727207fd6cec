"""Send what is due, withdrawals first, as fast as the shared rate limits allow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Min
from django.utils import timezone

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError, ServiceBusy
from iterable_admin.outbox import bulk_sending, single_sending
from iterable_admin.outbox.batching import MOST_ROWS, CallRow, call_rows, cut
from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.limits import pause_endpoint, reserve
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.outbox.settling import apply_settled, hold_behind_stuck
from iterable_admin.outbox.switching import Mode, current, halt, may_call, mode, resume

log = structlog.get_logger(__name__)

Operation = Delivery.Operation
# How far ahead a drain looks before it ends: what is due later is left to the next one.
LINGER = timedelta(seconds=5)
STEP = 0.1
SINGLE_AT_A_TIME = 40


@dataclass(frozen=True, slots=True)
class Route:
    """How one operation travels: the endpoint whose limit it uses up, and the call it makes."""

    endpoint: str
    bulk: bulk_sending.Send | None = None
    single: single_sending.Perform | None = None


ROUTES: dict[Operation, Route] = {
    Operation.UNSUBSCRIBE: Route("/api/subscriptions/{group}/{id}/user/{email}", single=single_sending.unsubscribe),
    Operation.LOOK_UP: Route("/api/users/getByEmail", single=single_sending.look_up),
    Operation.PROFILE: Route("/api/users/bulkUpdate", bulk=bulk_sending.send_profiles),
    Operation.TRACK: Route("/api/events/trackBulk", bulk=bulk_sending.send_events),
    Operation.SUBSCRIBE: Route("/api/subscriptions/{group}/{id}/user/{email}", single=single_sending.subscribe),
}


def drain(seconds: float = 40, *, linger: timedelta = LINGER, may_linger: Callable[[], bool] = lambda: True) -> int:
    """Work until nothing is due soon or the time is over. Returns the number of rows taken.

    `linger`: how far ahead "soon" is; `may_linger` is asked before each wait.
    """
    end = time.monotonic() + seconds
    taken = 0
    hold_behind_stuck()
    while time.monotonic() < end:
        switch = current()
        moved = apply_settled() + (_pass(switch, end) if may_call(switch) else 0)
        taken += moved
        if not moved:
            wait = seconds_to_next(linger)
            if wait is None or time.monotonic() + wait > end or not may_linger():
                break
            time.sleep(min(wait, STEP))
    return taken


def _pass(switch: SendingSwitch, end: float) -> int:
    """Each operation once, in the order of ROUTES."""
    try:
        client = connect()
    except Misconfigured as error:
        halt(str(error))
        return 0
    taken = 0
    halted_at = switch.halted_at
    for operation, route in ROUTES.items():
        if time.monotonic() > end:
            break
        taken += _send_some(client, switch, operation, route)
        if switch.halted_at not in (None, halted_at):
            break
    return taken


def _send_some(client: IterableClient, switch: SendingSwitch, operation: Operation, route: Route) -> int:
    paused = mode(switch) == Mode.PAUSED
    waiting = Delivery.objects.filter(operation=operation, **({"withdrawal": True} if paused else {}))
    now = timezone.now()
    if not (waiting.due(now) | waiting.abandoned(now)).exists():
        return 0
    granted, _ = reserve(route.endpoint, 1 if route.bulk else SINGLE_AT_A_TIME)
    if not granted:
        return 0
    rows = claim(operation, MOST_ROWS if route.bulk else granted, only_withdrawals=paused)
    leaving = let_go(rows, mode(switch)) if rows else []
    if leaving:
        error = _call(client, route, leaving)
        _heed(switch, route.endpoint, error)
    return len(rows)


def _call(client: IterableClient, route: Route, rows: Sequence[Delivery]) -> IterableError | None:
    if route.single:
        return single_sending.send_each(client, route.single, rows)
    for number, batch in enumerate(cut(call_rows(rows))):
        if number:
            _wait_for(route.endpoint)
        error = _send_bulk(client, route, batch)
        if error:
            return error
    return None


def _send_bulk(client: IterableClient, route: Route, batch: Sequence[CallRow]) -> IterableError | None:
    assert route.bulk is not None  # noqa: S101 - a route is one or the other
    return bulk_sending.send_batch(client, route.bulk, batch)


def _wait_for(endpoint: str) -> None:
    granted, wait = reserve(endpoint)
    while not granted:
        time.sleep(min(wait, STEP))
        granted, wait = reserve(endpoint)


def _heed(switch: SendingSwitch, endpoint: str, error: IterableError | None) -> None:
    """What one answer means for everybody's next call."""
    if isinstance(error, Misconfigured):
        halt(str(error))
        switch.halted_at = timezone.now()
    elif isinstance(error, ServiceBusy) and error.call.status == 429:
        pause_endpoint(endpoint, error.retry_after or 1.0)
    elif error is None:
        resume(switch)


def seconds_to_next(linger: timedelta) -> float | None:
    """Seconds until something is due, or None if nothing is within `linger`."""
    now = timezone.now()
    soon = Delivery.objects.open().aggregate(again=Min("next_attempt_at"), settles=Min("settles_at"))
    times: list[datetime] = [moment for moment in soon.values() if moment is not None]
    if Delivery.objects.due(now).filter(next_attempt_at=None).first_in_lane(now).exists():
        return STEP
    if not times or min(times) > now + linger:
        return None
    return max(STEP, (min(times) - now).total_seconds())
