from __future__ import annotations

import http.client

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = {"email": "ann@example.com"}
READ = "/api/users/getByEmail?email=ann%40example.com"


def test_appointed_failures_strike_their_path_and_then_stop(sandbox: Caller) -> None:
    rule = {"path": "/api/users/update", "status": 500, "times": 2}
    sandbox.post("/sandbox/faults", {"fail_next": [rule]})
    statuses = [sandbox.send("POST", "/api/users/update", ANN)[0] for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert sandbox.get("/sandbox/faults")[1]["fail_next"] == []


def test_a_failure_before_the_work_writes_nothing_and_one_after_it_everything(sandbox: Caller) -> None:
    for applied in (False, True):
        sandbox.post("/sandbox/faults", {"fail_next": [{"status": 503, "method": "POST", "applied": applied}]})
        assert sandbox.send("POST", "/api/users/update", ANN)[0] == 503
        assert (sandbox.get(READ)[1] != {}) is applied


def test_a_failed_call_is_logged_with_its_person(sandbox: Caller) -> None:
    path = "/api/subscriptions/messageChannel/108642/user/Ann%40example.com"
    sandbox.post("/sandbox/faults", {"fail_next": [{"path": "/api/subscriptions", "status": 500}]})
    sandbox.send("DELETE", path)
    calls = sandbox.get("/sandbox/calls.json?email=ann@example.com")[1]["calls"]
    logged = [(c["method"], c["path"], c["status"], c["applied"], c["emails"]) for c in calls]
    assert logged == [("DELETE", path, 500, False, ["ann@example.com"])]


def test_a_reset_ends_the_connection_without_an_answer(sandbox: Caller) -> None:
    sandbox.post("/sandbox/faults", {"fail_next": [{"status": 0}]})
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        sandbox.send("GET", READ)


def test_chance_is_repeatable_by_its_seed() -> None:
    def outcomes(seed: int) -> list[int]:
        with running_sandbox(fail_rate=0.5, seed=seed) as running:
            return [status(running.url) for _ in range(40)]

    def status(url: str) -> int:
        with Caller(url) as caller:
            try:
                return caller.send("POST", "/api/users/update", ANN)[0]
            except (ConnectionError, http.client.HTTPException):
                return 0

    first = outcomes(7)
    assert first == outcomes(7)
    assert set(first) == {0, 200, 429, 500, 503}


@pytest.mark.parametrize("wanted", [{"fail_rate": "much"}, {"nonsense": 1}, {"fail_next": [{"stat": 1}]}])
def test_a_wrong_fault_is_refused_and_changes_nothing(sandbox: Caller, wanted: dict[str, object]) -> None:
    before = sandbox.get("/sandbox/faults")[1]
    assert sandbox.post("/sandbox/faults", {"latency": 9.0, **wanted})[0] == 400
    assert sandbox.get("/sandbox/faults")[1] == before


def test_calls_beyond_the_documented_rate_are_refused_as_recorded() -> None:
    msg = "Exceeded rate limit of 5.0 per second for endpoint: /api/users/bulkUpdate, project: 2158 "
    with running_sandbox(rate_limit_scale=1.0, clock="frozen") as running, Caller(running.url) as caller:
        answers = [caller.post("/api/users/bulkUpdate", {"users": [ANN]}) for _ in range(6)]
        assert [status for status, _ in answers] == [200] * 5 + [429]
        assert answers[5][1] == {"msg": msg, "code": "RateLimitExceeded", "params": {}}
        caller.post("/sandbox/clock", {"advance": 0.2})
        assert [caller.send("POST", "/api/users/bulkUpdate", {"users": [ANN]})[0] for _ in range(2)] == [200, 429]


def test_scale_zero_lifts_the_limits(sandbox: Caller) -> None:
    answers = {sandbox.send("GET", "/api/users/getFields")[0] for _ in range(20)}
    assert answers == {200}
