from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN, BOB = "ann@example.com", "bob@example.com"
UPDATE, BULK, RENAME = "/api/users/update", "/api/users/bulkUpdate", "/api/users/updateEmail"


@pytest.fixture
def hybrid() -> Iterator[Caller]:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        yield caller


@pytest.fixture
def by_user_id() -> Iterator[Caller]:
    with running_sandbox(project_type="userid") as running, Caller(running.url) as caller:
        yield caller


def user(caller: Caller, user_id: str) -> dict[str, Any]:
    return dict(caller.get(f"/api/users/byUserId?userId={user_id}")[1].get("user", {}))


def failures(caller: Caller, row: dict[str, Any]) -> dict[str, list[str]]:
    _, body = caller.post(BULK, {"users": [row]})
    return {name: named for name, named in body["failedUpdates"].items() if named}


def test_an_address_is_changed_in_an_email_based_project(sandbox: Caller) -> None:
    sandbox.make(ANN, a=1)
    body = {"currentEmail": "Ann@example.com", "currentUserId": "ignored", "newEmail": "Bob@example.com"}
    assert sandbox.post(RENAME, body) == (200, {"msg": "", "code": "Success", "params": None})
    assert (sandbox.fields(ANN), sandbox.fields(BOB)) == (None, {"a": 1})


def test_an_address_is_changed_by_user_id(sandbox: Caller) -> None:
    sandbox.post(UPDATE, {"email": ANN, "userId": "u-1"})
    assert sandbox.post(RENAME, {"currentUserId": "u-1", "newEmail": BOB})[0] == 200
    assert user(sandbox, "u-1")["email"] == BOB


def test_a_stranger_and_a_taken_address_are_refused(sandbox: Caller) -> None:
    refused = sandbox.post(RENAME, {"currentEmail": ANN, "newEmail": "new@example.com"})
    assert refused == (400, {"msg": f"User does not exist. Email: {ANN} UserId: ", "code": "BadParams", "params": None})
    sandbox.make(ANN, a=1)
    sandbox.make(BOB)
    status, body = sandbox.post(RENAME, {"currentEmail": ANN, "newEmail": BOB})
    assert (status, body["code"], sandbox.fields(ANN)) == (409, "EmailAlreadyExists", {"a": 1})


@pytest.mark.parametrize("project_type", ["hybrid", "userid"])
def test_elsewhere_an_address_changes_as_a_field(project_type: str) -> None:
    with running_sandbox(project_type=project_type) as running, Caller(running.url) as caller:
        caller.post(UPDATE, {"userId": "u-1", "dataFields": {"email": ANN}})
        assert caller.post(RENAME, {"currentUserId": "u-1", "newEmail": BOB})[1]["code"] == "BadParams"
        caller.post(BULK, {"users": [{"userId": "u-1", "dataFields": {"email": BOB}}]})
        assert (user(caller, "u-1")["email"], caller.fields(ANN)) == (BOB, None)


def test_a_taken_identifier_in_the_fields_conflicts_in_a_hybrid_project(hybrid: Caller) -> None:
    hybrid.post(UPDATE, {"email": ANN, "userId": "u-1"})
    hybrid.post(UPDATE, {"email": BOB, "userId": "u-2"})
    status, body = hybrid.post(UPDATE, {"userId": "u-2", "dataFields": {"email": ANN}})
    assert (status, body["code"]) == (409, "EmailAlreadyExists")
    assert failures(hybrid, {"userId": "u-2", "dataFields": {"email": ANN}}) == {"conflictEmails": [ANN]}
    assert failures(hybrid, {"email": BOB, "dataFields": {"userId": "u-1"}}) == {"conflictUserIds": ["u-1"]}
    assert user(hybrid, "u-2")["email"] == BOB


def test_a_user_id_with_another_address_conflicts_in_a_hybrid_project(hybrid: Caller) -> None:
    hybrid.post(UPDATE, {"email": ANN, "userId": "u-1"})
    assert failures(hybrid, {"email": BOB, "userId": "u-1"}) == {"conflictUserIds": ["u-1"]}
    assert hybrid.fields(BOB) is None


def test_another_address_alone_makes_a_second_user_in_a_hybrid_project(hybrid: Caller) -> None:
    hybrid.post(UPDATE, {"email": ANN, "userId": "u-1"})
    hybrid.post(UPDATE, {"email": BOB})
    assert hybrid.get("/sandbox/counts.json")[1]["users"] == 2


def test_missing_identifiers_are_added_in_a_hybrid_project(hybrid: Caller) -> None:
    hybrid.post(UPDATE, {"email": ANN, "dataFields": {"a": 1}})
    hybrid.post(UPDATE, {"email": ANN, "userId": "u-1"})
    assert (user(hybrid, "u-1")["email"], user(hybrid, "u-1")["dataFields"]["a"]) == (ANN, 1)


def test_two_share_an_address_in_a_user_id_project(by_user_id: Caller) -> None:
    for user_id in ("u-1", "u-2"):
        by_user_id.post(UPDATE, {"userId": user_id, "email": ANN})
    assert [user(by_user_id, user_id)["email"] for user_id in ("u-1", "u-2")] == [ANN, ANN]
    by_user_id.call("DELETE", "/api/users/byUserId/u-2")
    assert by_user_id.get("/api/users/getByEmail?email=ann%40example.com")[1]["user"]["userId"] == "u-1"


def test_an_address_alone_names_nobody_in_a_user_id_project(by_user_id: Caller) -> None:
    assert by_user_id.post(UPDATE, {"email": ANN})[1]["code"] == "BadParams"
    assert failures(by_user_id, {"email": ANN}) == {"invalidEmails": [ANN]}
    by_user_id.post(UPDATE, {"userId": "u-1", "email": ANN})
    assert by_user_id.call("DELETE", "/api/users/ann%40example.com")[1]["code"] == "BadParams"
    assert user(by_user_id, "u-1")["email"] == ANN


def test_deleting_a_shared_user_id_deletes_all_in_an_email_based_project(sandbox: Caller) -> None:
    for email in (ANN, BOB):
        sandbox.post(UPDATE, {"email": email, "userId": "u-1"})
    assert sandbox.call("DELETE", "/api/users/byUserId/u-1")[0] == 200
    assert (sandbox.fields(ANN), sandbox.fields(BOB)) == (None, None)
    status, body = sandbox.call("DELETE", "/api/users/byUserId/u-1")
    assert (status, body["msg"]) == (400, "User does not exist. Email:  UserId: u-1")


@pytest.mark.parametrize("user_id", ["x" * 53, "end ", "t\u00fcr", "a\nb"])
def test_a_malformed_user_id_is_refused_wherever_it_stands(sandbox: Caller, user_id: str) -> None:
    assert sandbox.post(UPDATE, {"userId": user_id, "preferUserId": True})[1]["code"] == "InvalidUserIdError"
    for row in ({"email": ANN, "userId": user_id}, {"email": ANN, "dataFields": {"userId": user_id}}):
        assert failures(sandbox, row) == {"invalidUserIds": [user_id]}
    assert sandbox.fields(ANN) is None


def test_a_row_without_identifier_fails_alone(sandbox: Caller) -> None:
    _, body = sandbox.post(BULK, {"users": [{"email": ANN}, {"dataFields": {"a": 1}}]})
    assert (body["successCount"], body["failCount"]) == (1, 1)
    assert sandbox.fields(ANN) == {}


def test_one_user_id_preferred_twice_in_a_call_makes_one_user(sandbox: Caller) -> None:
    rows = [{"userId": "u-1", "preferUserId": True, "dataFields": {name: 1}} for name in ("a", "b")]
    assert sandbox.post(BULK, {"users": rows})[1]["successCount"] == 2
    fields = user(sandbox, "u-1")["dataFields"]
    assert (fields["a"], fields["b"], sandbox.get("/sandbox/counts.json")[1]["users"]) == (1, 1, 1)


@pytest.mark.parametrize(("field", "failure"), [("email", "invalidEmails"), ("userId", "invalidUserIds")])
def test_an_identifier_in_the_fields_that_is_no_text_spoils_its_row(hybrid: Caller, field: str, failure: str) -> None:
    assert failures(hybrid, {"email": ANN, "dataFields": {field: ["x"]}}) == {failure: ["['x']"]}
    assert hybrid.fields(ANN) is None


@pytest.mark.parametrize(
    "email",
    [
        "Ann@exa_mple.com",
        "Ann@-example.com",
        "Ann@example.zz",
        "Ann@example.test",
        f"Ann@example.{'x' * 19}",
        f"Ann@{'x' * 64}.com",
    ],
)
def test_an_address_of_a_host_that_cannot_be_is_invalid_and_named_in_lower_case(sandbox: Caller, email: str) -> None:
    assert failures(sandbox, {"email": email}) == {"invalidEmails": [email.lower()]}
    assert sandbox.post(UPDATE, {"email": email})[1]["code"] == "InvalidEmailAddressError"
    assert sandbox.get("/sandbox/counts.json")[1]["users"] == 0


@pytest.mark.parametrize("email", ["ann@example.io", "ann@xn--bcher-kva.de", "ann@example.museum", "ann@example.xn--p1ai"])
def test_an_address_of_a_host_that_can_be_is_taken(sandbox: Caller, email: str) -> None:
    assert failures(sandbox, {"email": email}) == {}
    assert sandbox.fields(email) == {}
