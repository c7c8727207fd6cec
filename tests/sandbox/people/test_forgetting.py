from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.subscriptions import mailing_lists
from tests.sandbox.caller import Caller

ANN = "ann@example.com"
HASH = sha256(ANN.encode()).hexdigest()


@pytest.fixture
def forgotten(sandbox: Caller) -> Caller:
    sandbox.make(ANN, a=1)
    sandbox.post("/api/events/track", {"email": ANN, "eventName": "X"})
    assert sandbox.post("/api/users/forget", {"email": "Ann@Example.com"})[1]["code"] == "Success"
    return sandbox


def test_the_forgotten_are_gone_and_listed_by_their_hash(forgotten: Caller) -> None:
    assert (forgotten.fields(ANN), forgotten.get("/api/events/ann%40example.com")[1]) == (None, {"events": []})
    assert forgotten.get("/api/users/forgotten") == (200, {"hashedEmails": [HASH]})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/users/update", {"email": ANN}),
        ("POST", "/api/users/updateSubscriptions", {"email": ANN, "unsubscribedChannelIds": [1]}),
        ("POST", "/api/events/track", {"email": ANN, "eventName": "X"}),
        ("PATCH", f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}/user/ann%40example.com", None),
    ],
)
def test_a_single_write_about_them_is_refused(forgotten: Caller, method: str, path: str, body: Any) -> None:
    status, answer = forgotten.call(method, path, body)
    assert (status, answer["code"]) == (409, "ForgottenUserError")
    assert forgotten.fields(ANN) is None


@pytest.mark.parametrize(
    ("path", "rest", "rows"),
    [
        ("/api/users/bulkUpdate", {}, "users"),
        ("/api/events/trackBulk", {}, "events"),
        ("/api/lists/subscribe", {"listId": mailing_lists.NEWSLETTER}, "subscribers"),
        ("/api/lists/unsubscribe", {"listId": mailing_lists.NEWSLETTER}, "subscribers"),
    ],
)
def test_a_bulk_write_names_them(forgotten: Caller, path: str, rest: dict[str, Any], rows: str) -> None:
    _, body = forgotten.post(path, {**rest, rows: [{"email": ANN, "eventName": "X"}]})
    assert (body["successCount"], body["failCount"], body["failedUpdates"]["forgottenEmails"]) == (0, 1, [ANN])
    assert forgotten.fields(ANN) is None


def test_a_bulk_change_of_subscriptions_knows_no_list_for_them(forgotten: Caller) -> None:
    rows = [{"email": ANN, "unsubscribedChannelIds": [1]}]
    _, body = forgotten.post("/api/users/bulkUpdateSubscriptions", {"updateSubscriptionsRequests": rows})
    assert (body["failCount"], body["invalidEmails"], forgotten.fields(ANN)) == (1, [ANN], None)


def test_the_unforgotten_may_come_back(forgotten: Caller) -> None:
    assert forgotten.post("/api/users/unforget", {"email": ANN})[0] == 200
    assert forgotten.get("/api/users/forgotten")[1] == {"hashedEmails": []}
    forgotten.make(ANN, b=2)
    assert forgotten.fields(ANN) == {"b": 2}


@pytest.mark.parametrize(
    ("project_type", "wrong", "works", "fails"),
    [
        ("email", {"userId": "u-1"}, "forgotten", "forgottenUserIds"),
        ("userid", {"email": ANN}, "forgottenUserIds", "forgotten"),
    ],
)
def test_a_project_forgets_by_its_own_identifier(project_type: str, wrong: dict[str, str], works: str, fails: str) -> None:
    with running_sandbox(project_type=project_type) as running, Caller(running.url) as caller:
        assert caller.post("/api/users/forget", wrong)[1]["code"] == "BadParams"
        (listed,) = caller.get(f"/api/users/{works}")[1].values()
        assert (listed, caller.get(f"/api/users/{fails}")[0]) == ([], 400)


def test_a_hybrid_project_forgets_by_either() -> None:
    with running_sandbox(project_type="hybrid") as running, Caller(running.url) as caller:
        for who in ({"email": ANN}, {"userId": "U-1"}):
            assert caller.post("/api/users/forget", who)[0] == 200
        assert caller.get("/api/users/forgotten")[1] == {"hashedEmails": [HASH]}
        assert caller.get("/api/users/forgottenUserIds")[1] == {"hashedUserIds": [sha256(b"u-1").hexdigest()]}
        assert caller.post("/api/users/update", {"userId": "U-1"})[1]["code"] == "ForgottenUserError"


def test_what_was_accepted_before_does_not_bring_them_back() -> None:
    with running_sandbox(delay=60.0) as running, Caller(running.url) as caller:
        caller.post("/api/users/forget", {"email": ANN})
        caller.make(ANN, a=1)
        with running.state.lock:
            running.state.clock.advance(61)
        assert (caller.fields(ANN), caller.get("/api/users/forgotten")[1]) == (None, {"hashedEmails": [HASH]})


def test_an_address_cannot_be_changed_to_a_forgotten_one(forgotten: Caller) -> None:
    forgotten.make("bob@example.com")
    body = {"currentEmail": "bob@example.com", "newEmail": ANN}
    assert forgotten.post("/api/users/updateEmail", body)[1]["code"] == "EmailAlreadyExists"
    assert forgotten.fields("bob@example.com") == {}
