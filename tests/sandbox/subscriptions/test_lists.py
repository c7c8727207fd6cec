from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.subscriptions import mailing_lists
from tests.sandbox.caller import Caller

ANN, BOB = "ann@example.com", "bob@example.com"
SUBSCRIBE, UNSUBSCRIBE = "/api/lists/subscribe", "/api/lists/unsubscribe"


def make_list(sandbox: Caller, *emails: str) -> int:
    list_id = int(sandbox.post("/api/lists", {"name": "Mine"})[1]["listId"])
    if emails:
        sandbox.post(SUBSCRIBE, {"listId": list_id, "subscribers": [{"email": email} for email in emails]})
    return list_id


def lists(sandbox: Caller) -> list[dict[str, Any]]:
    return list(sandbox.get("/api/lists")[1]["lists"])


def test_a_new_project_has_four_lists_one_of_which_holds_for_everything(sandbox: Caller) -> None:
    assert [(each["id"], each["listType"]) for each in lists(sandbox)] == [
        (1284301, "Standard"),
        (1284302, "Suppression"),
        (1284303, "Dynamic"),
        (1284304, "Suppression"),
    ]
    assert [each.get("isGlobalSuppressionEnabled") for each in lists(sandbox)] == [None, False, None, True]


def test_a_made_list_is_listed_and_deleted(sandbox: Caller) -> None:
    status, body = sandbox.post("/api/lists", {"name": "Mine", "description": "of tests"})
    assert status == 200
    made = lists(sandbox)[-1]
    created_at = made.pop("createdAt")
    assert made == {"id": body["listId"], "name": "Mine", "description": "of tests", "listType": "Standard"}
    assert created_at > 1_600_000_000_000
    assert sandbox.call("DELETE", f"/api/lists/{made['id']}") == (200, {"msg": "", "code": "Success", "params": None})
    assert len(lists(sandbox)) == 4


def test_a_deleted_list_leaves_the_profiles(sandbox: Caller) -> None:
    sandbox.call("DELETE", f"/api/lists/{make_list(sandbox, ANN)}")
    assert (sandbox.fields(ANN) or {})["emailListIds"] == []


def test_a_list_that_a_campaign_names_is_not_deleted(sandbox: Caller) -> None:
    assert sandbox.call("DELETE", f"/api/lists/{mailing_lists.TEAM_MEMBERS}")[0] == 409
    assert len(lists(sandbox)) == 4


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/lists/1", None),
        ("GET", "/api/lists/1/size", None),
        ("GET", "/api/lists/getUsers?listId=1", None),
        ("GET", "/api/lists/previewUsers?listId=1", None),
        ("POST", SUBSCRIBE, {"listId": 1, "subscribers": [{"email": ANN}]}),
        ("POST", UNSUBSCRIBE, {"listId": 1, "subscribers": [{"email": ANN}]}),
    ],
)
def test_an_unknown_list_is_refused(sandbox: Caller, method: str, path: str, body: Any) -> None:
    status, answer = sandbox.call(method, path, body)
    assert (status, answer["code"]) == (400, "BadParams")
    assert "error.lists.invalidListId" in answer["msg"]
    assert sandbox.fields(ANN) is None


@pytest.mark.parametrize(("path", "code"), [("x/size", "BadParams"), ("getUsers", "BadParams")])
def test_a_list_id_that_is_no_number_is_refused(sandbox: Caller, path: str, code: str) -> None:
    assert sandbox.get(f"/api/lists/{path}")[1]["code"] == code


def test_size_and_members_are_plain_text(sandbox: Caller) -> None:
    list_id = make_list(sandbox, ANN, BOB)
    assert sandbox.send("GET", f"/api/lists/{list_id}/size") == (200, "2")
    assert sandbox.send("GET", f"/api/lists/getUsers?listId={list_id}") == (200, f"{ANN}\n{BOB}")
    assert sandbox.send("GET", f"/api/lists/previewUsers?listId={list_id}&size=1") == (200, ANN)
    assert sandbox.send("GET", f"/api/lists/getUsers?listId={mailing_lists.NEWSLETTER}") == (200, "")


def test_a_preview_shows_a_thousand_unless_told_otherwise(sandbox: Caller) -> None:
    list_id = make_list(sandbox, *(f"p{number}@example.com" for number in range(1001)))
    shown = {size: sandbox.send("GET", f"/api/lists/previewUsers?listId={list_id}{size}")[1] for size in ("", "&size=1001")}
    assert [text.count("@") for text in shown.values()] == [1000, 1001]


def test_members_are_named_by_user_id_where_preferred(sandbox: Caller) -> None:
    sandbox.post("/api/users/update", {"email": ANN, "userId": "u-1"})
    list_id = make_list(sandbox, ANN, BOB)
    assert sandbox.send("GET", f"/api/lists/getUsers?listId={list_id}&preferUserId=true") == (200, f"u-1\n{BOB}")


def test_subscribing_creates_people_with_their_fields(sandbox: Caller) -> None:
    list_id = make_list(sandbox)
    rows = [{"email": ANN, "dataFields": {"plan": "free"}}, {"email": "nonsense"}]
    status, body = sandbox.post(SUBSCRIBE, {"listId": list_id, "subscribers": rows})
    assert (status, body["successCount"], body["failCount"], body["createdFields"]) == (200, 1, 1, ["plan"])
    assert body["failedUpdates"]["invalidEmails"] == body["invalidEmails"] == ["nonsense"]
    assert sandbox.fields(ANN) == {
        "plan": "free",
        "emailListIds": [list_id],
        "unsubscribedChannelIds": [],
        "unsubscribedMessageTypeIds": [],
        "subscribedMessageTypeIds": [],
    }


def test_unsubscribing_names_strangers_and_creates_nobody(sandbox: Caller) -> None:
    list_id = make_list(sandbox, ANN)
    rows = [{"email": ANN}, {"email": BOB}]
    _, body = sandbox.post(UNSUBSCRIBE, {"listId": list_id, "subscribers": rows})
    assert (body["successCount"], body["failCount"], body["failedUpdates"]["notFoundEmails"]) == (1, 1, [BOB])
    assert ((sandbox.fields(ANN) or {})["emailListIds"], sandbox.fields(BOB)) == ([], None)


def test_a_channel_can_be_left_with_the_list(sandbox: Caller) -> None:
    list_id = make_list(sandbox, ANN)
    body = {"listId": list_id, "subscribers": [{"email": ANN}], "channelUnsubscribe": True}
    assert sandbox.post(UNSUBSCRIBE, body)[0] == 200
    left = sandbox.fields(ANN) or {}
    assert (left["emailListIds"], left["unsubscribedChannelIds"]) == ([], [catalog.MARKETING_CHANNEL])


@pytest.mark.parametrize(("project_type", "field"), [("userid", "userListIds"), ("hybrid", "userListIds")])
def test_existing_users_only_makes_nobody_outside_email_based_projects(project_type: str, field: str) -> None:
    with running_sandbox(project_type=project_type) as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"userId": "u-1"})
        body = {"listId": mailing_lists.NEWSLETTER, "subscribers": [{"userId": "u-1"}, {"userId": "u-2"}]}
        _, answer = caller.post(SUBSCRIBE, {**body, "updateExistingUsersOnly": True})
        assert (answer["successCount"], answer["failedUpdates"]["notFoundUserIds"]) == (1, ["u-2"])
        assert caller.get("/api/users/byUserId/u-1")[1]["user"]["dataFields"][field] == [mailing_lists.NEWSLETTER]
        assert caller.send("GET", f"/api/lists/getUsers?listId={mailing_lists.NEWSLETTER}") == (200, "u-1")


def test_email_based_projects_do_not_heed_existing_users_only(sandbox: Caller) -> None:
    body = {"listId": mailing_lists.NEWSLETTER, "subscribers": [{"email": ANN}], "updateExistingUsersOnly": True}
    assert sandbox.post(SUBSCRIBE, body)[1]["successCount"] == 1


def test_a_list_is_unknown_until_it_is_visible() -> None:
    with running_sandbox(delay=60.0) as running, Caller(running.url) as caller:
        body = {"listId": make_list(caller), "subscribers": [{"email": ANN}]}
        assert "error.lists.invalidListId" in caller.post(SUBSCRIBE, body)[1]["msg"]
        assert caller.post("/api/lists", {"name": "Next"})[1]["listId"] == body["listId"] + 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/api/lists", {}, "obj.name"),
        ("/api/lists", {"name": 1}, "obj.name"),
        (SUBSCRIBE, {"subscribers": []}, "obj.listId"),
        (SUBSCRIBE, {"listId": "1", "subscribers": []}, "obj.listId"),
        (SUBSCRIBE, {"listId": 1284301}, "obj.subscribers"),
        (SUBSCRIBE, {"listId": 1284301, "subscribers": [1]}, "obj.subscribers[0]"),
        (SUBSCRIBE, {"listId": 1284301, "subscribers": [{"userId": 1}]}, "obj.subscribers[0].userId"),
        (UNSUBSCRIBE, {"listId": 1284301, "subscribers": [], "channelUnsubscribe": "x"}, "obj.channelUnsubscribe"),
    ],
)
def test_a_wrong_shape_is_named_by_its_path(sandbox: Caller, path: str, body: Any, at: str) -> None:
    status, answer = sandbox.post(path, body)
    assert (status, answer["code"], list(answer["params"])) == (400, "BadJsonBody", [at])
