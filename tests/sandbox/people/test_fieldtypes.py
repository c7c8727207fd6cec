from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.people.lookups import STANDARD_FIELDS
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def own_fields(sandbox: Caller) -> dict[str, str]:
    listed = sandbox.get("/api/users/getFields")[1]["fields"]
    return {name: kind for name, kind in listed.items() if name not in {*STANDARD_FIELDS, "emailListIds"}}


def test_get_fields_lists_types_and_nested_names(sandbox: Caller) -> None:
    fields = {"s": "x", "l": 1, "d": 1.5, "b": True, "t": "2023-06-11", "o": [{"k": 1}], "none": None, "empty": []}
    sandbox.make(ANN, **fields)
    expected = {"s": "string", "l": "long", "d": "double", "b": "boolean", "t": "date", "o": "object", "o.k": "long"}
    assert own_fields(sandbox) == expected


def test_get_fields_lists_what_every_project_has(sandbox: Caller) -> None:
    status, body = sandbox.get("/api/users/getFields")
    assert (status, body["fields"]) == (200, {**STANDARD_FIELDS, "emailListIds": "long"})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2023-06-11", "2023-06-11 00:00:00 +00:00"),
        ("2023-06-11 10:20:30", "2023-06-11 10:20:30 +00:00"),
        ("2023-06-11 10:20:30 +02:00", "2023-06-11 08:20:30 +00:00"),
        ("2023-06-11T10:20:30.123Z", "2023-06-11 10:20:30 +00:00"),
        ("2020-04-13 14:04:09.000", "2020-04-13 14:04:09.000"),
        ("2023-13-45", "2023-13-45"),
    ],
)
def test_dates_read_back_in_one_form(sandbox: Caller, text: str, read: str) -> None:
    sandbox.make(ANN, when=text)
    assert sandbox.fields(ANN) == {"when": read}


def test_a_value_of_another_type_refuses_the_whole_bulk_call(sandbox: Caller) -> None:
    sandbox.make(ANN, when="2023-06-11")
    rows = [{"email": "bob@example.com", "dataFields": {"fresh": 1}}, {"email": ANN, "dataFields": {"when": "GGG"}}]
    status, body = sandbox.post("/api/users/bulkUpdate", {"users": rows})
    assert (status, body["code"]) == (400, "RequestFieldsTypesMismatched")
    error = {
        "incomingTypes": ["string", "keyword"],
        "expectedType": "date",
        "category": "user",
        "offendingValue": "GGG",
        "_type": "UnexpectedType",
    }
    assert body["params"] == {"validationErrors": {"when": error}}
    assert sandbox.fields("bob@example.com") is None
    assert own_fields(sandbox) == {"when": "date"}


@pytest.mark.parametrize(("first", "second"), [(1, 1.5), (1, "1"), ("x", True), (True, 1), ({"a": 1}, "x"), (["a"], [1])])
def test_a_type_is_fixed_by_the_first_value(sandbox: Caller, first: Any, second: Any) -> None:
    sandbox.make(ANN, f=first)
    status, _ = sandbox.post("/api/users/update", {"email": ANN, "dataFields": {"f": second}})
    assert (status, sandbox.fields(ANN)) == (400, {"f": first})


def test_a_whole_number_feeds_a_field_of_fractions(sandbox: Caller) -> None:
    sandbox.make(ANN, price=79.5)
    assert sandbox.post("/api/users/update", {"email": ANN, "dataFields": {"price": 79}})[0] == 200
    assert (sandbox.fields(ANN), own_fields(sandbox)) == ({"price": 79}, {"price": "double"})


def test_the_error_names_a_nested_field_by_its_path(sandbox: Caller) -> None:
    sandbox.make(ANN, spaces=[{"id": 1}])
    _, body = sandbox.post("/api/users/update", {"email": ANN, "dataFields": {"spaces": [{"id": 2}, {"id": "x"}]}})
    assert body["params"]["validationErrors"]["spaces.id"]["offendingValue"] == "x"


def test_each_event_name_has_its_own_types(sandbox: Caller) -> None:
    sandbox.make(ANN)
    sandbox.post("/api/events/track", {"email": ANN, "eventName": "A", "dataFields": {"f": 1}})
    assert sandbox.post("/api/events/track", {"email": ANN, "eventName": "B", "dataFields": {"f": "x"}})[0] == 200
    rows = [{"email": ANN, "eventName": "A", "dataFields": {"f": "x"}}]
    _, body = sandbox.post("/api/events/trackBulk", {"events": rows})
    assert body["params"]["validationErrors"]["f"]["category"] == "A"


def test_a_value_nested_too_deep_is_refused_and_makes_no_field(sandbox: Caller) -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"d": [deep]}
    status, body = sandbox.post("/api/users/update", {"email": ANN, "dataFields": {"deep": deep}})
    assert (status, body["code"]) == (400, "BadParams")
    assert (own_fields(sandbox), sandbox.fields(ANN)) == ({}, None)


@pytest.mark.parametrize("known", [True, False])
def test_a_value_nested_too_deep_is_refused_whatever_its_field_is(sandbox: Caller, known: bool) -> None:
    sandbox.make(ANN, plan="free")
    deep = b'{"a":' * 300 + b"1" + b"}" * 300
    name = b"plan" if known else b"fresh"
    status, body = sandbox.call(
        "POST", "/api/users/update", b'{"email":"%s","dataFields":{"%s":%s}}' % (ANN.encode(), name, deep)
    )
    assert (status, body["code"]) == (400, "BadParams")
    assert sandbox.fields(ANN) == {"plan": "free"}


def test_a_project_may_take_new_fields_only_where_a_call_asks_for_it() -> None:
    row = {"email": "ann@example.com", "dataFields": {"tier": "gold"}}
    with running_sandbox(new_fields=False) as running, Caller(running.url) as sandbox:
        assert sandbox.post("/api/users/bulkUpdate", {"users": [row]})[1]["filteredOutFields"] == ["tier"]
        event = {"email": "ann@example.com", "eventName": "E", "dataFields": {"tier": "gold"}}
        assert sandbox.post("/api/events/trackBulk", {"events": [event]})[1]["filteredOutFields"] == ["tier"]
        assert sandbox.post("/api/lists/subscribe", {"listId": 1284301, "subscribers": [row]})[1]["filteredOutFields"] == ["tier"]
        assert "tier" not in (sandbox.fields("ann@example.com") or {})
        sandbox.post("/api/users/update", {**row, "createNewFields": True})
        sandbox.post("/sandbox/faults", {"new_fields": True})
        sandbox.make("ann@example.com", seats=5)
        fields = sandbox.fields("ann@example.com") or {}
    assert (fields["tier"], fields["seats"]) == ("gold", 5)
