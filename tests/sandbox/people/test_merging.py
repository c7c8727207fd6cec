from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN, BOB = "ann@example.com", "bob@example.com"
MERGE = "/api/users/merge"
BOTH = {"sourceEmail": ANN, "destinationEmail": BOB}


def test_the_destination_gains_what_it_lacks_and_keeps_what_it_has(sandbox: Caller) -> None:
    sandbox.make(ANN, plan="free", seats=1, tags=["a"])
    sandbox.make(BOB, plan="gold", tags=["b"])
    sandbox.post("/api/events/track", {"email": ANN, "eventName": "X", "id": "e-1"})
    assert sandbox.post(MERGE, BOTH) == (200, {"msg": "", "code": "Success", "params": None})
    assert (sandbox.fields(ANN), sandbox.fields(BOB)) == (None, {"plan": "gold", "seats": 1, "tags": ["b"]})
    assert [event["id"] for event in sandbox.get("/api/events/bob%40example.com")[1]["events"]] == ["e-1"]


@pytest.mark.parametrize(
    ("source", "destination", "rule", "merged"),
    [
        (["a", "b"], ["b", "c"], {}, ["b", "c", "a"]),
        ([{"id": 1, "x": 1}], [{"id": 1, "x": 2}], {}, [{"id": 1, "x": 2}, {"id": 1, "x": 1}]),
        ([{"id": 1, "x": 1}, {"id": 2}], [{"id": 1, "x": 2}], {"dedupeBy": "id"}, [{"id": 1, "x": 2}, {"id": 2}]),
        (1, 2, {}, [2, 1]),
        (1, 1, {}, [1]),
    ],
)
def test_listed_arrays_are_merged(sandbox: Caller, source: Any, destination: Any, rule: dict[str, str], merged: Any) -> None:
    sandbox.make(ANN, f=source)
    sandbox.make(BOB, f=destination)
    assert sandbox.post(MERGE, {**BOTH, "arrayMerge": [{"field": "f", **rule}]})[0] == 200
    assert sandbox.fields(BOB) == {"f": merged}


def test_opt_outs_of_both_stay(sandbox: Caller) -> None:
    for email, channel in ((ANN, 1), (BOB, 2)):
        sandbox.post("/api/users/updateSubscriptions", {"email": email, "unsubscribedChannelIds": [channel]})
    sandbox.post(MERGE, BOTH)
    assert (sandbox.fields(BOB) or {})["unsubscribedChannelIds"] == [2, 1]


def test_a_source_takes_the_address_of_an_unknown_destination(sandbox: Caller) -> None:
    sandbox.make(ANN, a=1)
    assert sandbox.post(MERGE, BOTH)[0] == 200
    assert (sandbox.fields(ANN), sandbox.fields(BOB)) == (None, {"a": 1})


@pytest.mark.parametrize(
    "body",
    [
        {"sourceEmail": "nobody@example.com", "destinationEmail": BOB},
        {"sourceEmail": ANN},
        {**BOTH, "sourceUserId": "u-1"},
        {"sourceEmail": BOB, "destinationEmail": BOB},
        {**BOTH, "arrayMerge": [{"field": "tags", "dedupeBy": "id"}]},
        {**BOTH, "arrayMerge": [{"field": "devices"}]},
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(sandbox: Caller, body: dict[str, Any]) -> None:
    sandbox.make(ANN, tags=["a"])
    sandbox.make(BOB)
    assert sandbox.post(MERGE, body)[1]["code"] == "BadParams"
    assert (sandbox.fields(ANN), sandbox.fields(BOB)) == ({"tags": ["a"]}, {})


@pytest.mark.parametrize("gone", [ANN, BOB])
def test_a_forgotten_side_is_refused(sandbox: Caller, gone: str) -> None:
    sandbox.make(BOB if gone == ANN else ANN)
    sandbox.post("/api/users/forget", {"email": gone})
    status, body = sandbox.post(MERGE, BOTH)
    assert (status, body["code"]) == (409, "ForgottenUserError")


def test_a_hybrid_destination_takes_over_the_missing_identifier() -> None:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"userId": "anon-1", "dataFields": {"a": 1}})
        caller.post("/api/users/update", {"email": ANN})
        assert caller.post(MERGE, {"sourceUserId": "anon-1", "destinationEmail": ANN})[0] == 200
        user = caller.get("/api/users/byUserId/anon-1")[1]["user"]
        assert (user["email"], user["dataFields"]["a"]) == (ANN, 1)
