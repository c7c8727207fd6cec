from __future__ import annotations

from pathlib import Path

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def test_a_frozen_sandbox_shows_a_write_only_when_its_clock_is_moved() -> None:
    with running_sandbox(clock="frozen", delay=12.0) as running, Caller(running.url) as caller:
        caller.make(ANN, a=1)
        caller.post("/sandbox/clock", {"advance": 11.9})
        assert caller.fields(ANN) is None
        status, clock = caller.post("/sandbox/clock", {"advance": 0.1})
        assert (status, clock["time"], clock["frozen"]) == (200, "2026-01-01T00:00:12.000+00:00", True)
        assert caller.fields(ANN) == {"a": 1}


def test_a_running_clock_can_be_moved_ahead() -> None:
    with running_sandbox(delay=3600.0) as running, Caller(running.url) as caller:
        caller.make(ANN)
        assert caller.fields(ANN) is None
        assert caller.post("/sandbox/clock", {"advance": 3600})[1]["advanced"] == 3600
        assert caller.fields(ANN) == {}


@pytest.mark.parametrize("step", [-1, "5", None, True])
def test_a_clock_is_never_put_back(sandbox: Caller, step: object) -> None:
    status, body = sandbox.post("/sandbox/clock", {"advance": step})
    assert (status, body["msg"].startswith("advance: a number of seconds")) == (400, True)
    assert sandbox.get("/sandbox/clock")[1]["advanced"] == 0


def test_a_frozen_clock_goes_on_where_the_earlier_run_stood(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    with running_sandbox(clock="frozen", state=file) as running, Caller(running.url) as caller:
        caller.post("/sandbox/clock", {"advance": 90})
        caller.make(ANN)
    with running_sandbox(clock="frozen", state=file) as running, Caller(running.url) as caller:
        assert caller.get("/sandbox/clock")[1]["time"] == "2026-01-01T00:01:30.000+00:00"
        assert caller.fields(ANN) == {}


def run(seed: int | None, state: str | None = None) -> list[str]:
    """Ids of the events and the calls of one run."""
    with running_sandbox(seed=seed, clock="frozen", state=state) as running, Caller(running.url) as caller:
        caller.make(ANN)
        tracked = [caller.post("/api/events/track", {"email": ANN, "eventName": "X"})[1]["params"]["id"] for _ in range(2)]
        return [*tracked, *(call["requestId"] for call in caller.get("/sandbox/calls.json")[1]["calls"])]


def test_a_seed_makes_up_the_same_ids_in_every_run() -> None:
    assert run(7) == run(7)
    assert not set(run(7)) & set(run(8))
    assert not set(run(None)) & set(run(None))


def test_a_seeded_sandbox_that_goes_on_repeats_no_id(tmp_path: Path) -> None:
    file = str(tmp_path / "state")
    assert not set(run(7, file)) & set(run(7, file))
