from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.subscriptions import mailing_lists
from tests.sandbox.caller import Caller

ANN = "ann@example.com"
UPDATE = "/api/users/updateSubscriptions"
NONE: dict[str, list[int]] = {
    "emailListIds": [],
    "unsubscribedChannelIds": [],
    "unsubscribedMessageTypeIds": [],
    "subscribedMessageTypeIds": [],
}


def one(sandbox: Caller, method: str, group: str, group_id: int, email: str = "ann%40example.com") -> int:
    return sandbox.call(method, f"/api/subscriptions/{group}/{group_id}/user/{email}")[0]


def test_a_user_never_touched_has_no_arrays(sandbox: Caller) -> None:
    sandbox.make(ANN, a=1)
    assert sandbox.fields(ANN) == {"a": 1}


def test_given_lists_are_overwritten_and_others_left(sandbox: Caller) -> None:
    sandbox.post(UPDATE, {"email": ANN, "unsubscribedChannelIds": [1, 2], "emailListIds": [7]})
    sandbox.post(UPDATE, {"email": ANN, "unsubscribedChannelIds": [3], "emailListIds": None})
    assert sandbox.fields(ANN) == {**NONE, "unsubscribedChannelIds": [3], "emailListIds": [7]}
    sandbox.post(UPDATE, {"email": ANN, "unsubscribedChannelIds": []})
    assert sandbox.fields(ANN) == {**NONE, "emailListIds": [7]}


@pytest.mark.parametrize(
    ("group", "group_id", "method", "array"),
    [
        ("messageType", catalog.GITLAB_MARKETING, "PATCH", "subscribedMessageTypeIds"),
        ("MESSAGETYPE", catalog.MARKETING_MESSAGE, "DELETE", "unsubscribedMessageTypeIds"),
        ("messagechannel", catalog.MARKETING_CHANNEL, "DELETE", "unsubscribedChannelIds"),
        ("emailList", mailing_lists.NEWSLETTER, "PATCH", "emailListIds"),
    ],
)
def test_one_subscription_goes_in_and_out_of_its_array(
    sandbox: Caller, group: str, group_id: int, method: str, array: str
) -> None:
    other = "DELETE" if method == "PATCH" else "PATCH"
    assert one(sandbox, method, group, group_id) == 202
    assert sandbox.fields(ANN) == {**NONE, array: [group_id]}
    assert one(sandbox, method, group, group_id) == 200
    assert sandbox.fields(ANN) == {**NONE, array: [group_id]}
    assert one(sandbox, other, group, group_id) == 200
    assert sandbox.fields(ANN) == NONE


def test_an_opt_out_creates_the_stranger_already_opted_out(sandbox: Caller) -> None:
    one(sandbox, "DELETE", "messageChannel", catalog.MARKETING_CHANNEL)
    changes = [(h["change"], h["unsubscribedChannelIds"]) for h in sandbox.history(ANN)]
    assert changes == [("created", [catalog.MARKETING_CHANNEL])]


def test_the_history_keeps_every_state(sandbox: Caller) -> None:
    sandbox.make(ANN)
    one(sandbox, "PATCH", "messageType", catalog.GITLAB_MARKETING)
    one(sandbox, "DELETE", "messageType", catalog.GITLAB_MARKETING)
    sandbox.call("DELETE", "/api/users/ann%40example.com")
    states = [(h["change"], h["subscribedMessageTypeIds"]) for h in sandbox.history(ANN)]
    assert states == [("created", None), ("changed", [catalog.GITLAB_MARKETING]), ("changed", []), ("deleted", [])]


@pytest.mark.parametrize(("group", "group_id"), [("messageType", 1), ("messageChannel", 1), ("emailList", 1), ("other", 1)])
def test_an_unknown_subscription_is_refused_and_creates_nobody(sandbox: Caller, group: str, group_id: int) -> None:
    assert one(sandbox, "DELETE", group, group_id) == 400
    assert sandbox.fields(ANN) is None


def test_without_the_feature_the_family_answers_404() -> None:
    with running_sandbox(subscriptions_family=False) as running, Caller(running.url) as caller:
        assert one(caller, "DELETE", "messageChannel", catalog.MARKETING_CHANNEL) == 404
        assert caller.fields(ANN) is None
        assert caller.post(UPDATE, {"email": ANN, "unsubscribedChannelIds": [1]})[0] == 200


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ({}, {"subscribedMessageTypeIds": [catalog.GITLAB_MARKETING]}),
        ({"unsubscribedMessageTypeIds": [catalog.MARKETING_MESSAGE]}, {"unsubscribedMessageTypeIds": []}),
    ],
)
def test_subscribing_under_an_unsubscribed_channel_is_refused(
    sandbox: Caller, before: dict[str, Any], wanted: dict[str, Any]
) -> None:
    sandbox.post(UPDATE, {"email": ANN, "unsubscribedChannelIds": [catalog.MARKETING_CHANNEL], **before})
    stored = sandbox.fields(ANN)
    assert sandbox.post(UPDATE, {"email": ANN, **wanted})[0] == 400
    assert sandbox.fields(ANN) == stored
    assert sandbox.post(UPDATE, {"email": ANN, **wanted, "validateChannelAlignment": False})[0] == 200


def test_bulk_answers_with_its_own_four_lists(sandbox: Caller) -> None:
    rows = [
        {"email": ANN, "unsubscribedChannelIds": [1]},
        {"email": "nonsense"},
        {
            "email": "bob@example.com",
            "unsubscribedChannelIds": [catalog.MARKETING_CHANNEL],
            "subscribedMessageTypeIds": [catalog.GITLAB_MARKETING],
        },
    ]
    status, body = sandbox.post("/api/users/bulkUpdateSubscriptions", {"updateSubscriptionsRequests": rows})
    assert status == 200
    assert body == {
        "successCount": 1,
        "failCount": 2,
        "invalidEmails": ["nonsense"],
        "invalidUserIds": [],
        "validEmailFailures": ["bob@example.com"],
        "validUserIdFailures": [],
    }
    assert sandbox.fields("bob@example.com") is None


def test_a_list_of_words_is_refused(sandbox: Caller) -> None:
    _, body = sandbox.post(UPDATE, {"email": ANN, "emailListIds": [1, "2"]})
    assert body["params"] == {"obj.emailListIds[1]": "Integer value expected"}


def test_one_subscription_changes_for_many(sandbox: Caller) -> None:
    path = f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}?action=unsubscribe"
    assert sandbox.call("PUT", path, {"users": [ANN, "bob@example.com", "nonsense"]})[0] == 202
    opted_out = {**NONE, "unsubscribedChannelIds": [catalog.MARKETING_CHANNEL]}
    assert (sandbox.fields(ANN), sandbox.fields("bob@example.com")) == (opted_out, opted_out)


@pytest.fixture
def without_opt_in() -> Iterator[Caller]:
    with running_sandbox() as running, Caller(running.url) as caller:
        with running.state.lock:
            for kind in running.state.catalog.message_types:
                kind["subscriptionPolicy"] = "OptOut"
        yield caller


def test_without_opt_in_types_none_can_be_set(without_opt_in: Caller) -> None:
    status, body = without_opt_in.post(UPDATE, {"email": ANN, "subscribedMessageTypeIds": []})
    assert (status, body["code"], without_opt_in.fields(ANN)) == (400, "BadParams", None)


def test_without_opt_in_types_a_bulk_update_sets_opt_outs(without_opt_in: Caller) -> None:
    rows = [{"email": ANN, "dataFields": {"unsubscribedChannelIds": [1], "unsubscribedMessageTypeIds": [2]}}]
    without_opt_in.post("/api/users/bulkUpdate", {"users": rows})
    assert without_opt_in.fields(ANN) == {**NONE, "unsubscribedChannelIds": [1], "unsubscribedMessageTypeIds": [2]}


@pytest.mark.parametrize("project_type", ["hybrid", "userid"])
def test_subscriptions_by_user_id_create_their_user(project_type: str) -> None:
    path = f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}"
    with running_sandbox(project_type=project_type) as running, Caller(running.url) as caller:
        assert caller.call("DELETE", f"{path}/byUserId/u-1")[0] == 202
        assert caller.call("PUT", f"{path}?action=unsubscribe", {"usersByUserId": ["u-1", "u-2"]})[0] == 202
        for user_id in ("u-1", "u-2"):
            fields = caller.get(f"/api/users/byUserId/{user_id}")[1]["user"]["dataFields"]
            assert (fields["unsubscribedChannelIds"], fields["userListIds"]) == ([catalog.MARKETING_CHANNEL], [])


def test_an_unknown_user_id_is_refused_in_an_email_based_project(sandbox: Caller) -> None:
    path = f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}/byUserId/u-1"
    assert sandbox.call("DELETE", path)[1]["code"] == "UnknownUserIdError"
    assert sandbox.get("/sandbox/counts.json")[1]["users"] == 0


@pytest.mark.parametrize("query", ["?action=join", "?action="])
def test_another_action_is_refused(sandbox: Caller, query: str) -> None:
    path = f"/api/subscriptions/messageChannel/{catalog.MARKETING_CHANNEL}{query}"
    assert sandbox.call("PUT", path, {"users": [ANN]})[0] == 400
    assert sandbox.fields(ANN) is None
