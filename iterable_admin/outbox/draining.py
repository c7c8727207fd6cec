"""Send what is due, withdrawals first, as fast as the shared rate limits allow."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Min
from django.utils import timezone

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError, ServiceBusy
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.outbox import bulk_sending, single_sending
from iterable_admin.outbox.batching import MOST_ROWS, CallRow, call_rows, cut
from iterable_admin.outbox.claiming import claim, give_back
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.limits import pause_endpoint, reserve
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.outbox.settling import apply_settled, mend_holds
from iterable_admin.outbox.switching import Mode, current, halt, may_call, mode, resume

log = structlog.get_logger(__name__)

Operation = Delivery.Operation
# How far ahead a drain looks before it ends: what is due later is left to the next one.
LINGER = timedelta(seconds=5)
STEP = 0.1
SINGLE_AT_A_TIME = 40
# How long the rest of a claim waits for its next call; a longer pause is not waited for under a lease.
PATIENCE = 10.0
LOOK_UP = "/api/users/getByEmail"
SUBSCRIPTION = "/api/subscriptions/{group}/{id}/user/{email}"


class NoTurn(Exception):
    """The shared limit gives no further call soon."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one operation travels: the endpoint whose limit it uses up, and the call it makes."""

    endpoint: str
    # What is called besides where the endpoint is not enabled for the project: it uses up that limit too.
    else_calls: str = ""
    bulk: bulk_sending.Send | None = None
    single: single_sending.Perform | None = None


ROUTES: dict[Operation, Route] = {
    Operation.UNSUBSCRIBE: Route(SUBSCRIPTION, LOOK_UP, single=single_sending.unsubscribe),
    Operation.LOOK_UP: Route(LOOK_UP, single=single_sending.look_up),
    Operation.PROFILE: Route("/api/users/bulkUpdate", bulk=bulk_sending.send_profiles),
    Operation.TRACK: Route("/api/events/trackBulk", bulk=bulk_sending.send_events),
    Operation.SUBSCRIBE: Route(SUBSCRIPTION, LOOK_UP, single=single_sending.subscribe),
}


def drain(seconds: float = 40, *, linger: timedelta = LINGER, may_linger: Callable[[], bool] = lambda: True) -> int:
    """Work until nothing is due soon or the time is over. Returns the number of rows taken.

    `linger`: how far ahead "soon" is; `may_linger` is asked before each wait.
    """
    end = time.monotonic() + seconds
    taken = 0
    mend_holds()
    while time.monotonic() < end:
        switch = current()
        moved = apply_settled() + (_pass(switch, end) if may_call(switch) else 0)
        taken += moved
        if not moved:
            wait = seconds_to_next(linger)
            if wait is None or not may_linger():
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
    # While halted one call tests the key.
    granted = _reserve(route, 1 if route.bulk or switch.halted_at else SINGLE_AT_A_TIME)
    if not granted:
        return 0
    rows = claim(operation, MOST_ROWS if route.bulk else granted, only_withdrawals=paused)
    leaving = let_go(rows, mode(switch)) if rows else []
    if leaving:
        _call_and_heed(client, switch, route, leaving)
    return len(rows)


def _reserve(route: Route, wanted: int) -> int:
    granted, _ = reserve(route.endpoint, wanted)
    return reserve(route.else_calls, granted)[0] if granted and route.else_calls else granted


def _call_and_heed(client: IterableClient, switch: SendingSwitch, route: Route, rows: Sequence[Delivery]) -> None:
    try:
        error = _call(client, route, rows)
    except NoTurn:
        give_back(rows)
    else:
        if error:
            give_back(rows)
        _heed(switch, route.endpoint, error)


def _call(client: IterableClient, route: Route, rows: Sequence[Delivery]) -> IterableError | None:
    """Stops at an error that concerns more than its rows; those that were not reached are not settled then."""
    if route.single:
        return single_sending.send_each(client, route.single, rows)
    assert route.bulk is not None  # noqa: S101 - a route is one or the other
    send = _in_turn(route.endpoint, route.bulk)
    for batch in _batches(rows):
        if error := bulk_sending.send_batch(client, send, batch):
            return error
    return None


def _batches(rows: Sequence[Delivery]) -> Iterator[list[CallRow]]:
    """Whether a call may create people is said once for all of its rows: those that may not travel apart."""
    for creates in (True, False):
        yield from cut(call_rows([row for row in rows if row.creates == creates]))


def _in_turn(endpoint: str, send: bulk_sending.Send) -> bulk_sending.Send:
    """The first call's turn is reserved; further batches, and the halves of one that was refused, wait for their own."""
    turns = itertools.count()

    def send_in_turn(client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
        if next(turns):
            _wait_for(endpoint)
        return send(client, rows)

    return send_in_turn


def _wait_for(endpoint: str) -> None:
    granted, wait = reserve(endpoint)
    while not granted:
        if wait > PATIENCE:
            raise NoTurn(endpoint)
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
    switch = current()
    rows = Delivery.objects.open()
    may_leave = rows.filter(withdrawal=True) if mode(switch) == Mode.PAUSED else rows
    # What is due but waits behind another row is not soon due: its own time has passed.
    later = may_leave.filter(next_attempt_at__gt=now).aggregate(at=Min("next_attempt_at"))["at"]
    times = [rows.aggregate(at=Min("settles_at"))["at"], now if may_leave.due(now).first_in_lane(now).exists() else later]
    if switch.halted_at and any(times):
        times = [switch.halt_probe_at or now]
    soonest: datetime | None = min((moment for moment in times if moment), default=None)
    if soonest is None or soonest > now + linger:
        return None
    return max(STEP, (soonest - now).total_seconds())
