from __future__ import annotations

import time
from collections.abc import Callable

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "never became true"


def test_a_write_is_visible_only_after_the_delay() -> None:
    with running_sandbox(delay=0.3) as running, Caller(running.url) as caller:
        started = time.time()
        caller.make(ANN, a=1)
        assert caller.fields(ANN) is None
        until(lambda: caller.fields(ANN) == {"a": 1})
        assert 0.3 <= caller.history(ANN)[0]["at"] - started < 5


def test_bulk_tracking_does_not_find_who_is_not_visible_yet() -> None:
    with running_sandbox(delay=60.0) as running, Caller(running.url) as caller:
        caller.make(ANN)
        _, body = caller.post("/api/events/trackBulk", {"events": [{"email": ANN, "eventName": "X"}]})
        assert body["failedUpdates"]["notFoundEmails"] == [ANN]


def test_writes_become_visible_in_the_order_accepted() -> None:
    with running_sandbox(delay=0.2) as running, Caller(running.url) as caller:
        caller.make(ANN, a=1)
        caller.post("/sandbox/faults", {"delay": 0})
        caller.make(ANN, a=2)
        assert caller.fields(ANN) is None
        until(lambda: caller.fields(ANN) is not None)
        assert caller.fields(ANN) == {"a": 2}


def test_a_type_is_fixed_on_acceptance() -> None:
    with running_sandbox(delay=60.0) as running, Caller(running.url) as caller:
        caller.make(ANN, a=1)
        assert caller.post("/api/users/update", {"email": ANN, "dataFields": {"a": "x"}})[0] == 400
