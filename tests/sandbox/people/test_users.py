from __future__ import annotations

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


def test_an_update_creates_a_user_with_a_lower_cased_email(sandbox: Caller) -> None:
    answer = sandbox.post("/api/users/update", {"email": "Ann@Example.COM", "dataFields": {"plan": "free"}})
    assert answer == (200, {"msg": "", "code": "Success", "params": None})
    assert sandbox.fields(ANN) == {"plan": "free"}


def test_fields_merge_at_top_level_and_null_deletes(sandbox: Caller) -> None:
    sandbox.make(ANN, a=1, b="x", c={"d": 1, "e": 2}, f=["p", "q"])
    sandbox.make(ANN, b=None, c={"d": 3}, f=["r"])
    assert sandbox.fields(ANN) == {"a": 1, "c": {"d": 3}, "f": ["r"]}


def test_nested_objects_merge_one_level_on_request(sandbox: Caller) -> None:
    sandbox.make(ANN, c={"d": 1, "e": {"x": 1, "y": 2}, "g": 5})
    row = {"email": ANN, "dataFields": {"c": {"e": {"x": 9}, "g": None}}, "mergeNestedObjects": True}
    sandbox.post("/api/users/update", row)
    assert sandbox.fields(ANN) == {"c": {"d": 1, "e": {"x": 9}}}


def test_a_stranger_reads_as_an_empty_object(sandbox: Caller) -> None:
    assert sandbox.get("/api/users/getByEmail?email=nobody%40example.com") == (200, {})
    assert sandbox.get("/api/users/nobody%40example.com") == (200, {})


@pytest.mark.parametrize("email", ["nonsense", "a@b", "a@b.test", "a..b@example.com", "a b@example.com", "a@-x.com"])
def test_a_malformed_email_is_refused(sandbox: Caller, email: str) -> None:
    status, body = sandbox.post("/api/users/update", {"email": email})
    assert (status, body["code"]) == (400, "InvalidEmailAddressError")
    assert sandbox.get("/api/users/getByEmail?email=nonsense")[1]["code"] == "InvalidEmailAddressError"


@pytest.mark.parametrize("email", ["o'hara+tag@sub.example.co.uk", "müller@bücher.de", "a/b@example.com"])
def test_an_unusual_email_is_taken_and_found_by_both_reads(sandbox: Caller, email: str) -> None:
    sandbox.make(email, a=1)
    assert sandbox.fields(email) == {"a": 1}
    assert sandbox.get("/api/users/a%2Fb%40example.com")[0] == 200


def test_bulk_answers_with_every_list_and_names_the_rows_that_failed(sandbox: Caller) -> None:
    rows = [{"email": ANN, "dataFields": {"plan": "free"}}, {"email": "Bad Address"}, {"userId": "u-1"}]
    status, body = sandbox.post("/api/users/bulkUpdate", {"users": rows})
    failed = body.pop("failedUpdates")
    assert status == 200
    assert body == {
        "successCount": 1,
        "failCount": 2,
        "createdFields": ["plan"],
        "filteredOutFields": [],
        "invalidEmails": ["bad address"],
        "invalidUserIds": ["u-1"],
        "noOpEmails": [],
        "noOpUserIds": [],
    }
    assert {k: v for k, v in failed.items() if v} == {"invalidEmails": ["bad address"], "invalidUserIds": ["u-1"]}
    assert len(failed) == 10


def test_update_only_creates_nobody(sandbox: Caller) -> None:
    sandbox.make(ANN, a=1)
    rows = [{"email": ANN, "dataFields": {"a": 2}}, {"email": "new@example.com", "dataFields": {"a": 3}}]
    _, body = sandbox.post("/api/users/bulkUpdate", {"users": rows, "updateOnly": True})
    assert (body["successCount"], body["failedUpdates"]["notFoundEmails"]) == (1, ["new@example.com"])
    assert (sandbox.fields(ANN), sandbox.fields("new@example.com")) == ({"a": 2}, None)


def test_an_empty_bulk_update_is_refused(sandbox: Caller) -> None:
    answer = sandbox.post("/api/users/bulkUpdate", {"users": []})
    assert answer == (400, {"msg": "Emails invalid: ", "code": "BadParams", "params": None})


def test_a_row_of_a_wrong_shape_fails_the_whole_call(sandbox: Caller) -> None:
    rows = [{"email": ANN}, {"email": "bob@example.com", "preferUserId": "yes"}]
    status, body = sandbox.post("/api/users/bulkUpdate", {"users": rows})
    assert (status, body["code"]) == (400, "BadJsonBody")
    assert body["params"] == {"obj.users[1].preferUserId": "Boolean value expected"}
    assert sandbox.fields(ANN) is None


def test_unknown_fields_are_dropped_and_named_when_not_to_be_created(sandbox: Caller) -> None:
    sandbox.make(ANN, known=1)
    users = [{"email": ANN, "dataFields": {"known": 2, "other": 3}}]
    _, body = sandbox.post("/api/users/bulkUpdate", {"users": users, "createNewFields": False})
    assert (body["filteredOutFields"], body["createdFields"]) == (["other"], [])
    assert sandbox.fields(ANN) == {"known": 2}


def test_unknown_nested_fields_are_dropped_by_their_dotted_names(sandbox: Caller) -> None:
    sandbox.make(ANN, plan={"name": "free"}, seats=[{"role": "owner"}])
    fields = {"plan": {"name": "gold", "price": 9}, "seats": [{"role": "guest", "since": 1}]}
    _, body = sandbox.post("/api/users/bulkUpdate", {"users": [{"email": ANN, "dataFields": fields}], "createNewFields": False})
    assert (body["filteredOutFields"], body["createdFields"]) == (["plan.price", "seats.since"], [])
    assert sandbox.fields(ANN) == {"plan": {"name": "gold"}, "seats": [{"role": "guest"}]}


def test_a_row_that_fails_makes_no_fields(sandbox: Caller) -> None:
    users = [{"email": ANN, "dataFields": {"fresh": 1, "emailListIds": ["x"]}}]
    _, body = sandbox.post("/api/users/bulkUpdate", {"users": users})
    assert (body["failedUpdates"]["invalidDataEmails"], body["createdFields"]) == ([ANN], [])
    assert "fresh" not in sandbox.get("/api/users/getFields")[1]["fields"]


def test_subscription_arrays_sent_as_fields_do_nothing(sandbox: Caller) -> None:
    sandbox.make(ANN, unsubscribedChannelIds=[1], a=1)
    assert sandbox.fields(ANN) == {"a": 1}


def test_a_deleted_user_is_gone_and_a_stranger_cannot_be_deleted(sandbox: Caller) -> None:
    sandbox.make(ANN)
    assert sandbox.call("DELETE", "/api/users/ann%40example.com")[0] == 200
    assert sandbox.fields(ANN) is None
    assert sandbox.call("DELETE", "/api/users/ann%40example.com")[1]["code"] == "BadParams"


def test_an_unknown_user_id_makes_a_user_outside_email_based_projects() -> None:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"userId": "u-1", "dataFields": {"a": 1, "email": "X@example.com"}})
        _, body = caller.get("/api/users/byUserId?userId=u-1")
        assert (body["user"]["email"], body["user"]["userId"]) == ("x@example.com", "u-1")
        assert caller.get("/api/users/byUserId/u-2")[1]["code"] == "error.users.noUserWithIdExists"


def test_prefer_user_id_invents_an_email_in_an_email_based_project(sandbox: Caller) -> None:
    assert sandbox.post("/api/users/update", {"userId": "u-1"})[1]["code"] == "UnknownUserIdError"
    assert sandbox.post("/api/users/update", {"userId": "u-1", "preferUserId": True})[0] == 200
    assert sandbox.get("/api/users/byUserId/u-1")[1]["user"]["email"].endswith("@placeholder.email")


def test_an_email_based_project_goes_by_the_email_and_overwrites_the_user_id(sandbox: Caller) -> None:
    for user_id in ("u-1", "u-2"):
        sandbox.post("/api/users/update", {"email": ANN, "userId": user_id})
    assert sandbox.get("/api/users/byUserId/u-2")[1]["user"]["email"] == ANN
    assert sandbox.get("/api/users/byUserId/u-1")[0] == 400


def test_identifiers_of_two_people_conflict_in_a_hybrid_project() -> None:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"email": ANN, "userId": "u-1"})
        caller.post("/api/users/update", {"userId": "u-2"})
        both = {"email": ANN, "userId": "u-2", "dataFields": {"a": 1}}
        assert caller.post("/api/users/update", both)[0] == 409
        _, body = caller.post("/api/users/bulkUpdate", {"users": [both]})
        assert (body["failCount"], body["failedUpdates"]["conflictEmails"]) == (1, [ANN])
        assert caller.fields(ANN) == {}
