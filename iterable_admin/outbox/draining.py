"""Send what is due, withdrawals first, as fast as the shared rate limits allow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, Min
from django.utils import timezone

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError, Unsendable
from iterable_admin.outbox import bulk_sending, single_sending
from iterable_admin.outbox.batching import MOST_ROWS, batches
from iterable_admin.outbox.changing_addresses import change_address
from iterable_admin.outbox.claiming import claim, give_back
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.limits import give_turns_back, reserve
from iterable_admin.outbox.load_sending import send_load
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.outbox.settling import apply_settled, mend_holds
from iterable_admin.outbox.switching import Mode, current, halt, may_call, mode, resume
from iterable_admin.outbox.turns import Halted, NoTurn, Prepaid, heed, key_was_taken, prepaid

log = structlog.get_logger(__name__)

Operation = Delivery.Operation
# How far ahead a drain looks before it ends: what is due later is left to the next one.
LINGER = timedelta(seconds=5)
STEP = 0.1
# How long it waits at most for a turn without looking whether something else is due by now.
TURN = 0.25
SINGLE_AT_A_TIME = 40
LOOK_UP = "/api/users/getByEmail"
SUBSCRIPTION = "/api/subscriptions/{group}/{id}/user/{email}"
REWRITE = (LOOK_UP, "/api/users/updateSubscriptions")


@dataclass(frozen=True, slots=True)
class Route:
    """How one operation travels: the endpoint whose limit it uses up, and the call it makes."""

    endpoint: str
    # What is called besides where the endpoint is not enabled for the project: it uses up that limit too.
    else_calls: tuple[str, ...] = ()
    bulk: bulk_sending.Send | None = None
    single: single_sending.Perform | None = None
    carries_many: bool = False
    """One row is one call."""


ROUTES: dict[Operation, Route] = {
    Operation.FORGET: Route("/api/users/forget", single=single_sending.forget),
    Operation.UNSUBSCRIBE: Route(SUBSCRIPTION, REWRITE, single=single_sending.unsubscribe),
    Operation.LOOK_UP: Route(LOOK_UP, single=single_sending.look_up),
    Operation.CHANGE_ADDRESS: Route(LOOK_UP, ("/api/users/updateEmail", "/api/users/update"), single=change_address),
    Operation.PROFILE: Route("/api/users/bulkUpdate", bulk=bulk_sending.send_profiles),
    Operation.LOAD: Route("/api/users/bulkUpdate", carries_many=True),
    Operation.TRACK: Route("/api/events/trackBulk", bulk=bulk_sending.send_events),
    Operation.ARRAYS: Route("/api/users/updateSubscriptions", single=single_sending.overwrite),
    Operation.LIST: Route("/api/lists/subscribe", bulk=bulk_sending.send_lists),
    Operation.SUBSCRIBE: Route(SUBSCRIPTION, REWRITE, single=single_sending.subscribe),
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
        turns: list[float] = []
        moved = apply_settled() + (_pass(switch, end, turns) if may_call(switch) else 0)
        taken += moved
        if not moved:
            wait = min(*turns, TURN) if turns else seconds_to_next(linger)
            if wait is None or not may_linger():
                break
            time.sleep(wait if turns else min(wait, STEP))
    return taken


def _pass(switch: SendingSwitch, end: float, turns: list[float]) -> int:
    """Each operation once, in the order of ROUTES. `turns` learns in how many seconds those that are due may leave."""
    try:
        client = connect()
    except Misconfigured as error:
        halt(str(error))
        return 0
    taken, due = 0, _due(switch)
    for operation, route in ROUTES.items():
        if time.monotonic() > end:
            break
        if operation not in due:
            continue
        taken += _send_some(client, switch, operation, route, turns)
        # While halted one call tests the key; a halt by another worker stops this one before its next call.
        if (switch.halted_at and taken) or (not switch.halted_at and taken and current().halted_at):
            break
    return taken


def _due(switch: SendingSwitch) -> set[str]:
    """The operations of which something is due, or was left behind: one statement, which looks at one row of each."""
    now = timezone.now()
    rows = Delivery.objects.filter(withdrawal=True) if mode(switch) == Mode.PAUSED else Delivery.objects.all()
    waiting = rows.due(now) | rows.abandoned(now)
    asked = {str(operation): Exists(waiting.filter(operation=operation)) for operation in ROUTES}
    found = SendingSwitch.objects.filter(pk=switch.pk).values_list(*asked.values()).get()
    return {operation for operation, is_due in zip(asked, found, strict=True) if is_due}


def _send_some(client: IterableClient, switch: SendingSwitch, operation: Operation, route: Route, turns: list[float]) -> int:
    granted, wait = _reserve(route, SINGLE_AT_A_TIME if route.single and not switch.halted_at else 1)
    if not granted:
        turns.append(wait)
        return 0
    paid = Prepaid(dict.fromkeys((route.endpoint, *route.else_calls), granted), probing=switch.halted_at is not None)
    with prepaid(paid):
        rows = claim(operation, MOST_ROWS if route.bulk else granted, only_withdrawals=mode(switch) == Mode.PAUSED)
        leaving = let_go(rows, mode(switch)) if rows and not route.carries_many else rows
        if leaving:
            _call_and_heed(client, switch, route, leaving, paid)
    return len(rows)


def _reserve(route: Route, wanted: int) -> tuple[int, float]:
    """As many turns of each of its endpoints; if there are none, the seconds until there may be one."""
    granted: dict[str, int] = {}
    wait = 0.0
    for endpoint in (route.endpoint, *route.else_calls):
        granted[endpoint], wait = reserve(endpoint, min(granted.values(), default=wanted))
        if not granted[endpoint]:
            break
    least = min(granted.values())
    for endpoint, turns in granted.items():
        give_turns_back(endpoint, turns - least)
    return least, wait


def _call_and_heed(client: IterableClient, switch: SendingSwitch, route: Route, rows: Sequence[Delivery], turns: Prepaid) -> None:
    try:
        error = _call(client, switch, route, rows)
    except (NoTurn, Halted):
        give_back(rows)
        return
    if error or route.single:
        give_back(rows)
    heed(error.call.endpoint if error else route.endpoint, error)
    if turns.used and key_was_taken(error):
        resume(switch)
    elif isinstance(error, Misconfigured):
        switch.halted_at = timezone.now()


def _call(client: IterableClient, switch: SendingSwitch, route: Route, rows: Sequence[Delivery]) -> IterableError | None:
    """Stops at an error that concerns more than its rows; those that were not reached are not settled then."""
    if route.carries_many:
        return send_load(client, rows[0], mode(switch))
    if route.single:
        return single_sending.send_each(client, route.single, rows)
    assert route.bulk is not None  # noqa: S101 - a route is one or the other
    for batch in batches(rows):
        error = bulk_sending.send_batch(client, route.bulk, batch)
        # What could not be sent was refused by ourselves: it says nothing of the others.
        if error and not isinstance(error, Unsendable):
            return error
    return None


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
