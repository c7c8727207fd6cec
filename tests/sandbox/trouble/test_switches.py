from __future__ import annotations

import http.client
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.trouble.presets import PRESETS
from tests.sandbox.caller import Caller

ANN, BOB, CAT = ({"email": f"{name}@example.com"} for name in ("ann", "bob", "cat"))
UPDATE = "/api/users/update"
BROKEN = (ConnectionResetError, http.client.RemoteDisconnected)


def switch(sandbox: Caller, **wanted: Any) -> None:
    assert sandbox.post("/sandbox/faults", {name.replace("_", "-"): value for name, value in wanted.items()})[0] == 200


def is_known(sandbox: Caller, email: str = "ann@example.com") -> bool:
    return sandbox.fields(email) is not None


def test_every_switch_is_off_at_first(sandbox: Caller) -> None:
    faults = sandbox.get("/sandbox/faults")[1]
    assert {name: faults[name] for name in PRESETS} == dict.fromkeys(PRESETS, False)


def enveloped(msg: str, code: str, params: str = "null") -> str:
    return f'{{"msg":"{msg}","code":"{code}","params":{params}}}'


RATE = "Exceeded rate limit of 100.0 per second for endpoint: /api/users/update, project: 2158 "
ERROR = "An error occurred. Please try again later. If problem persists, please contact your CSM"
KEY = '{"ip":"127.0.0.1","endpoint":"/api/users/update","apiKeyIdentifier":"any-key","apiKeyType":"Server"}'


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("storm-429", 429, enveloped(RATE, "RateLimitExceeded", "{}")),
        ("storm-429-text", 429, "Rate limit exceeded. Please try again later."),
        ("errors-500", 500, enveloped(ERROR, "GenericError")),
        ("refused-key", 401, enveloped("Disabled API key or insufficient privileges", "BadApiKey", KEY)),
    ],
)
def test_a_standing_fault_strikes_until_it_is_switched_off(sandbox: Caller, name: str, status: int, text: str) -> None:
    sandbox.post("/sandbox/faults", {name: True})
    assert [sandbox.send("POST", UPDATE, ANN) for _ in range(3)] == [(status, text)] * 3
    sandbox.post("/sandbox/faults", {name: False})
    assert not is_known(sandbox)
    assert sandbox.send("POST", UPDATE, ANN)[0] == 200


def test_a_counted_fault_ends_by_itself_and_tells_how_often_it_struck(sandbox: Caller) -> None:
    switch(sandbox, errors_503={"times": 2})
    assert sandbox.send("POST", UPDATE, ANN)[1].startswith("<html>")
    told = sandbox.get("/sandbox/faults")[1]["errors-503"]
    assert (told["times"], told["struck"], told["status"]) == (1, 1, 503)
    assert [sandbox.send("POST", UPDATE, ANN)[0] for _ in range(2)] == [503, 200]
    assert sandbox.get("/sandbox/faults")[1]["errors-503"] is False


def test_a_storm_may_say_when_to_come_back(sandbox: Caller) -> None:
    switch(sandbox, storm_429_retry_after={"retry_after": 7})
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/api/channels", headers={"Api-Key": "any-key"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (429, "7")
    connection.close()


def test_a_fault_of_one_person_leaves_the_others_alone(sandbox: Caller) -> None:
    switch(sandbox, permanent_500={"person": "Ann@Example.com", "path": "/api/users"})
    both = {"users": [ANN, BOB]}
    assert [sandbox.send("POST", "/api/users/bulkUpdate", body)[0] for body in (both, {"users": [BOB]})] == [500, 200]
    assert sandbox.send("DELETE", "/api/users/ann%40example.com")[0] == 500
    assert sandbox.send("GET", "/api/channels")[0] == 200


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("resets-before-work", False),
        ("resets-after-work", True),
        ("timeout-before-work", False),
        ("timeout-after-commit", True),
    ],
)
def test_a_broken_connection_has_done_its_work_or_not(sandbox: Caller, name: str, done: bool) -> None:
    sandbox.post("/sandbox/faults", {name: {"times": 1, "seconds": 0.05}})
    with pytest.raises(BROKEN):
        sandbox.send("POST", UPDATE, ANN)
    assert is_known(sandbox) is done
    [call] = sandbox.get("/sandbox/calls.json?email=ann@example.com")[1]["calls"][1:]
    assert (call["fault"], call["status"], call["applied"]) == (name, 0, done)


def test_a_slow_answer_is_an_answer_all_the_same(sandbox: Caller) -> None:
    switch(sandbox, slow_answers={"seconds": 0.2, "times": 1})
    assert sandbox.send("POST", UPDATE, ANN)[0] == 200
    [call] = sandbox.get("/sandbox/calls.json")[1]["calls"]
    assert (call["fault"], call["applied"], call["seconds"] >= 0.2) == ("slow-answers", True, True)


def test_named_rows_fail_in_a_call_that_succeeds(sandbox: Caller) -> None:
    switch(sandbox, partial_named=True)
    users = [ANN, BOB, CAT, {"email": "Dan@example.com"}]
    status, body = sandbox.post("/api/users/bulkUpdate", {"users": users})
    assert (status, body["successCount"], body["failCount"]) == (200, 2, 2)
    assert body["failedUpdates"]["invalidDataEmails"] == ["ann@example.com", "dan@example.com"]
    assert [is_known(sandbox, user["email"]) for user in users] == [False, True, True, False]


def test_a_failed_row_of_subscriptions_may_be_sent_again(sandbox: Caller) -> None:
    switch(sandbox, partial_named={"person": "bob@example.com"})
    rows = [{**ANN, "unsubscribedChannelIds": []}, {**BOB, "unsubscribedChannelIds": []}]
    body = sandbox.post("/api/users/bulkUpdateSubscriptions", {"updateSubscriptionsRequests": rows})[1]
    assert (body["successCount"], body["failCount"], body["validEmailFailures"]) == (1, 1, ["bob@example.com"])


def test_counted_rows_fail_without_a_name(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    switch(sandbox, partial_counted=True)
    events = [{**ANN, "eventName": "A"}, {**ANN, "eventName": "B"}]
    body = sandbox.post("/api/events/trackBulk", {"events": events})[1]
    assert (body["successCount"], body["failCount"]) == (1, 1)
    assert not any(body["failedUpdates"].values())
    assert [event["eventName"] for event in sandbox.get("/api/events/ann@example.com")[1]["events"]] == ["B"]


def test_a_refusal_may_quote_the_key(sandbox: Caller) -> None:
    switch(sandbox, echoed_secret=True)
    status, body = sandbox.post(UPDATE, ANN)
    assert (status, body["code"]) == (400, "BadJsonBody")
    assert "Api-Key -> Buffer(any-key)" in body["msg"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"storm-429": 1},
        {"storm-429": {"time": 5}},
        {"storm-429": {"times": 0}},
        {"storm-429": {"form": "song"}},
        {"slow-answers": {"seconds": -1}},
        {"storm-430": True},
    ],
)
def test_a_wrong_switch_is_refused_and_named(sandbox: Caller, wanted: dict[str, Any]) -> None:
    before = sandbox.get("/sandbox/faults")[1]
    status, body = sandbox.post("/sandbox/faults", {"errors-500": True, **wanted})
    assert status == 400
    assert next(iter(wanted)) in body["msg"]
    assert sandbox.get("/sandbox/faults")[1] == before


def test_a_route_may_have_a_limit_by_the_second_and_one_by_the_day() -> None:
    # A thousand a day and three a second, a 250th of both: four a day, and one in a hundred seconds is no haste.
    with running_sandbox(rate_limit_scale=0.004, clock="frozen") as running, Caller(running.url) as caller:
        answers = []
        for _ in range(5):
            answers.append(caller.post("/api/users/forget", ANN))
            caller.post("/sandbox/clock", {"advance": 100})
    assert [status == 429 for status, _ in answers] == [False] * 4 + [True]
    assert answers[4][1]["msg"] == "Exceeded rate limit of 4.0 per day for endpoint: /api/users/forget, project: 2158 "


def test_every_row_of_a_call_may_fail(sandbox: Caller) -> None:
    switch(sandbox, partial_counted=True)
    status, body = sandbox.post("/api/users/bulkUpdate", {"users": [ANN]})
    assert (status, body["successCount"], body["failCount"]) == (200, 0, 1)
    assert not is_known(sandbox)
