from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def read(sandbox: Caller, query: str = "") -> list[dict[str, Any]]:
    return list(sandbox.get(f"/api/events/ann%40example.com{query}")[1]["events"])


def test_a_tracked_event_reads_back(sandbox: Caller) -> None:
    sandbox.make(ANN)
    event = {"email": ANN, "eventName": "SaaS Trials", "id": "e-1", "createdAt": 1686441600, "dataFields": {"a": 1}}
    answer = sandbox.post("/api/events/track", event)
    assert answer == (200, {"msg": "Event with id: e-1 tracked.", "code": "Success", "params": {"id": "e-1"}})
    assert read(sandbox) == [
        {
            "eventType": "customEvent",
            "eventName": "SaaS Trials",
            "id": "e-1",
            "email": ANN,
            "createdAt": "2023-06-11 00:00:00 +00:00",
            "dataFields": {"a": 1},
        }
    ]


def test_tracking_a_stranger_answers_success_and_keeps_nothing(sandbox: Caller) -> None:
    assert sandbox.post("/api/events/track", {"email": ANN, "eventName": "X"})[0] == 200
    assert sandbox.fields(ANN) is None
    sandbox.make(ANN)
    assert read(sandbox) == []


def test_bulk_names_strangers_and_keeps_the_others(sandbox: Caller) -> None:
    sandbox.make(ANN)
    events = [{"email": e, "eventName": "X"} for e in (ANN, "New@example.com", "nonsense")]
    _, body = sandbox.post("/api/events/trackBulk", {"events": events})
    assert (body["successCount"], body["failCount"], body["disallowedEventNames"]) == (1, 2, [])
    assert body["failedUpdates"] == {
        "invalidEmails": ["nonsense"],
        "invalidUserIds": [],
        "notFoundEmails": ["new@example.com"],
        "notFoundUserIds": [],
        "forgottenEmails": [],
        "forgottenUserIds": [],
    }
    assert len(read(sandbox)) == 1


def test_an_id_sent_again_takes_the_place_of_the_first(sandbox: Caller) -> None:
    sandbox.make(ANN)
    for value in (1, 2):
        rows = [{"email": ANN, "eventName": "X", "id": "same", "dataFields": {"a": value}}]
        sandbox.post("/api/events/trackBulk", {"events": rows})
    assert [event["dataFields"] for event in read(sandbox)] == [{"a": 2}]


def test_a_missing_name_fails_the_whole_call(sandbox: Caller) -> None:
    sandbox.make(ANN)
    status, body = sandbox.post("/api/events/trackBulk", {"events": [{"email": ANN, "eventName": "X"}, {"email": ANN}]})
    assert (status, body["code"]) == (400, "BadJsonBody")
    assert body["params"] == {"obj.events[1].eventName": [{"msg": "error.path.missing", "args": []}]}
    assert read(sandbox) == []


def test_no_events_are_zeros(sandbox: Caller) -> None:
    status, body = sandbox.post("/api/events/trackBulk", {"events": []})
    assert (status, body["successCount"], body["failCount"]) == (200, 0, 0)


def test_reads_give_the_newest_first_thirty_by_default(sandbox: Caller) -> None:
    sandbox.make(ANN)
    rows = [{"email": ANN, "eventName": "X", "id": f"e-{n}", "createdAt": 1686441600 + n} for n in range(250)]
    sandbox.post("/api/events/trackBulk", {"events": rows})
    assert [event["id"] for event in read(sandbox, "?limit=2")] == ["e-249", "e-248"]
    assert (len(read(sandbox)), len(read(sandbox, "?limit=200"))) == (30, 200)


@pytest.mark.parametrize("limit", ["0", "201", "x"])
def test_a_limit_out_of_bounds_is_refused(sandbox: Caller, limit: str) -> None:
    assert sandbox.get(f"/api/events/ann%40example.com?limit={limit}")[1]["code"] == "BadParams"


def test_milliseconds_and_seconds_mean_the_same_moment(sandbox: Caller) -> None:
    sandbox.make(ANN)
    for number, created_at in enumerate((1686441600, 1686441600000)):
        row = {"email": ANN, "eventName": "X", "id": f"e-{number}", "createdAt": created_at}
        sandbox.post("/api/events/track", row)
    assert {event["createdAt"] for event in read(sandbox)} == {"2023-06-11 00:00:00 +00:00"}


def test_a_disallowed_name_is_answered_and_not_kept(sandbox: Caller) -> None:
    sandbox.make(ANN)
    sandbox.post("/sandbox/faults", {"disallowed_events": ["X"]})
    status, body = sandbox.post("/api/events/track", {"email": ANN, "eventName": "X"})
    assert status == 200
    assert "is disallowed from tracking" in body["msg"]
    _, body = sandbox.post("/api/events/trackBulk", {"events": [{"email": ANN, "eventName": "X"}]})
    assert (body["disallowedEventNames"], body["failCount"], read(sandbox)) == (["X"], 1, [])


def test_an_unknown_user_id_is_made_in_a_user_id_project() -> None:
    with running_sandbox(project_type="userid") as running, Caller(running.url) as caller:
        caller.post("/api/events/track", {"userId": "u-1", "eventName": "X"})
        assert len(caller.get("/api/events/byUserId/u-1")[1]["events"]) == 1


@pytest.mark.parametrize(("event_id", "status"), [("any text: ü/1", 200), ("x" * 512, 200), ("x" * 513, 400), ("ü" * 257, 400)])
def test_an_id_has_at_most_512_bytes(sandbox: Caller, event_id: str, status: int) -> None:
    sandbox.make(ANN)
    assert sandbox.post("/api/events/track", {"email": ANN, "eventName": "X", "id": event_id})[0] == status
    assert [event["id"] for event in read(sandbox)] == ([event_id] if status == 200 else [])


def test_a_conflict_in_a_hybrid_project_fails_its_row_alone() -> None:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"email": ANN, "userId": "u-1"})
        events = [{"email": ANN, "eventName": "X"}, {"email": ANN, "userId": "u-2", "eventName": "X"}]
        _, body = caller.post("/api/events/trackBulk", {"events": events})
        assert (body["successCount"], body["failedUpdates"]["invalidEmails"]) == (1, [ANN])
