"""What is wrong in the shape of a request is named by its path, and never an error of the sandbox's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.subscriptions import mailing_lists
from tests.sandbox.caller import Caller

ANN, BOB = "ann@example.com", "bob@example.com"
SINGLE = {
    "/api/users/update": ("email", "userId", "dataFields", "mergeNestedObjects", "preferUserId", "createNewFields"),
    "/api/users/updateEmail": ("currentEmail", "currentUserId", "newEmail"),
    "/api/users/updateSubscriptions": ("email", "userId", "emailListIds", "validateChannelAlignment", "campaignId"),
    "/api/users/merge": ("sourceEmail", "sourceUserId", "destinationEmail", "destinationUserId", "arrayMerge"),
    "/api/users/forget": ("email", "userId"),
    "/api/users/unforget": ("email", "userId"),
    "/api/events/track": ("email", "userId", "eventName", "id", "createdAt", "dataFields", "createNewFields", "templateId"),
}
ROWS = {
    "/api/users/bulkUpdate": ("users", ("email", "userId", "dataFields", "mergeNestedObjects", "preferUserId")),
    "/api/users/bulkUpdateSubscriptions": ("updateSubscriptionsRequests", ("email", "unsubscribedChannelIds")),
    "/api/events/trackBulk": ("events", ("email", "userId", "eventName", "createdAt", "id", "dataFields")),
    "/api/lists/subscribe": ("subscribers", ("email", "userId", "dataFields", "preferUserId")),
    "/api/lists/unsubscribe": ("subscribers", ("email", "userId")),
}
PUT = f"/api/subscriptions/emailList/{mailing_lists.NEWSLETTER}?action=subscribe"
# No key of any endpoint takes a number with a fraction.
WRONG = 1.5


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Caller]:
    """One for all: a refused call writes nothing, and the few that write do so about Bob."""
    with running_sandbox() as running, Caller(running.url) as caller:
        yield caller


def refused(sandbox: Caller, path: str, body: Any, method: str = "POST") -> dict[str, str]:
    status, answer = sandbox.call(method, path, body)
    assert (status, answer["code"]) == (400, "BadJsonBody")
    assert answer["msg"] == f"[{path.partition('?')[0]}] Invalid JSON body"
    return dict(answer["params"])


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in SINGLE.items() for name in names])
def test_a_value_of_a_wrong_type_is_named(sandbox: Caller, path: str, name: str) -> None:
    params = refused(sandbox, path, {"email": ANN, name: WRONG})
    assert list(params) == [f"obj.{name}"]
    assert params[f"obj.{name}"].endswith(" value expected")
    assert sandbox.fields(ANN) is None


@pytest.mark.parametrize("path", ROWS)
def test_a_value_of_a_wrong_type_in_a_row_fails_the_whole_call(sandbox: Caller, path: str) -> None:
    rows, names = ROWS[path]
    good = {"email": ANN, "eventName": "X"}
    for name in names:
        body = {"listId": mailing_lists.NEWSLETTER, rows: [good, {**good, name: WRONG}]}
        assert list(refused(sandbox, path, body)) == [f"obj.{rows}[1].{name}"]
    assert sandbox.fields(ANN) is None


@pytest.mark.parametrize("path", [*SINGLE, *ROWS, "/api/lists"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(sandbox: Caller, path: str, body: bytes) -> None:
    assert refused(sandbox, path, body) == {"obj": "Object value expected"}


@pytest.mark.parametrize("path", ROWS)
def test_rows_that_are_no_objects_are_refused(sandbox: Caller, path: str) -> None:
    rows = ROWS[path][0]
    for value, at in ((None, rows), ({}, rows), ([ANN], f"{rows}[0]"), ([None], f"{rows}[0]")):
        assert list(refused(sandbox, path, {"listId": mailing_lists.NEWSLETTER, rows: value})) == [f"obj.{at}"]


@pytest.mark.parametrize(("body", "at"), [({"users": ANN}, "users"), ({"users": [ANN, 1]}, "users[1]")])
def test_a_batch_of_subscribers_takes_addresses_alone(sandbox: Caller, body: dict[str, Any], at: str) -> None:
    assert list(refused(sandbox, PUT, body, "PUT")) == [f"obj.{at}"]
    assert sandbox.fields(ANN) is None


def test_unknown_keys_and_nulls_are_ignored(sandbox: Caller) -> None:
    row = {"email": BOB, "userId": None, "dataFields": None, "mergeNestedObjects": None, "surprise": 1}
    assert sandbox.post("/api/users/update", row)[0] == 200
    assert sandbox.post("/api/users/bulkUpdate", {"users": [row], "surprise": {}})[1]["successCount"] == 1
    assert sandbox.fields(BOB) == {}


@pytest.mark.parametrize(
    "path", [f"/api/events/{BOB}?limit={'9' * 5000}", f"/api/lists/{'9' * 5000}/size", "/api/users/getSentMessages?limit=x"]
)
def test_a_number_in_the_address_that_is_none_is_refused(sandbox: Caller, path: str) -> None:
    assert sandbox.get(path)[1]["code"] == "BadParams"


@pytest.mark.parametrize("path", ["/api/users/getByEmail", "/api/users/byUserId", "/api/users/getSentMessages"])
def test_a_look_up_of_nobody_is_refused(sandbox: Caller, path: str) -> None:
    assert sandbox.get(path)[1]["code"] == "BadParams"


def test_a_time_that_no_calendar_holds_is_refused(sandbox: Caller) -> None:
    sandbox.make(BOB)
    for created_at in (-1, 2**62):
        row = {"email": BOB, "eventName": "X", "createdAt": created_at}
        assert sandbox.post("/api/events/track", row)[1]["code"] == "BadParams"
    assert sandbox.get(f"/api/events/{BOB}")[1] == {"events": []}
