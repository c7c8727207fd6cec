from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.webhooks.hooks import FIRST_ID
from tests.sandbox.caller import Caller
from tests.sandbox.receiver import Receiver, poll, receiving

ANN = "ann@example.com"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def hooked(receiver: Receiver) -> Iterator[Caller]:
    with running_sandbox(webhook_url=receiver.url, webhook_token="s3cret") as running, Caller(running.url) as caller:
        caller.make(ANN)
        yield caller


def happen(caller: Caller, name: str, **body: Any) -> tuple[int, Any]:
    return caller.post("/sandbox/webhooks", {"eventName": name, "email": ANN, **body})


def marketing(caller: Caller, method: str) -> None:
    path = f"/api/subscriptions/messageType/{catalog.GITLAB_MARKETING}/user/{ANN}"
    assert caller.call(method, path)[0] in (200, 202)


def edit(caller: Caller, **changes: Any) -> tuple[int, Any]:
    return caller.post("/api/webhooks", {"id": FIRST_ID, **changes})


@pytest.mark.parametrize("by_hand", [True, False])
def test_who_subscribes_is_described_in_full(receiver: Receiver, by_hand: bool) -> None:
    with running_sandbox(webhook_url=receiver.url, clock="frozen") as running, Caller(running.url) as caller:
        caller.make(ANN)
        if by_hand:
            happen(caller, "emailSubscribe", messageTypeIds=[catalog.GITLAB_MARKETING], source="API")
        else:
            marketing(caller, "PATCH")
        [joined] = receiver.wait(1)
    assert joined["dataFields"] == {
        "email": ANN,
        "createdAt": "2026-01-01 00:00:00 +00:00",
        "profileUpdatedAt": "2026-01-01 00:00:00 +00:00",
        "publicIdString": "0081dfd3-6dcf-5b7e-94a5-94872b0c36dd",
        "emailListIds": [],
        "channelIds": [],
        "messageTypeIds": [catalog.GITLAB_MARKETING],
        "signupSource": "API",
    }


def test_changes_by_the_api_are_posted_in_order(hooked: Caller, receiver: Receiver) -> None:
    marketing(hooked, "PATCH")
    marketing(hooked, "DELETE")
    joined, left = receiver.wait(2)
    assert {**left, "dataFields": {**left["dataFields"], "createdAt": "?"}} == {
        "email": ANN,
        "eventName": "emailUnSubscribe",
        "dataFields": {
            "email": ANN,
            "createdAt": "?",
            "emailListIds": [],
            "channelIds": [],
            "messageTypeIds": [catalog.GITLAB_MARKETING],
            "unsubSource": "API",
        },
    }
    assert (joined["eventName"], joined["dataFields"]["messageTypeIds"]) == ("emailSubscribe", [catalog.GITLAB_MARKETING])
    assert left["dataFields"]["createdAt"].endswith(" +00:00")
    assert (receiver.headers[0]["Authorization"], receiver.headers[0]["Content-Type"]) == ("s3cret", "application/json")


def test_a_hard_bounce_takes_the_person_off_the_channel_and_says_so(hooked: Caller, receiver: Receiver) -> None:
    assert happen(hooked, "emailBounce", campaignId=8_040_402)[1] == {"events": ["emailBounce", "emailUnSubscribe"]}
    bounce, left = (body["dataFields"] for body in receiver.wait(2))
    assert (bounce["recipientState"], bounce["campaignId"], bounce["emailId"]) == (
        "HardBounce",
        8_040_402,
        f"c8040402:t11240402:{ANN}",
    )
    assert (left["unsubSource"], left["channelIds"], left["messageTypeIds"]) == ("HardBounce", [catalog.MARKETING_CHANNEL], [])
    assert hooked.history(ANN)[-1]["unsubscribedChannelIds"] == [catalog.MARKETING_CHANNEL]


def test_a_soft_bounce_and_a_click_change_no_subscription(hooked: Caller, receiver: Receiver) -> None:
    happen(hooked, "emailBounce", recipientState="SoftBounce")
    happen(hooked, "hostedUnsubscribeClick")
    names = [body["eventName"] for body in receiver.wait(2)]
    assert names == ["emailBounce", "hostedUnsubscribeClick"]
    assert [state["change"] for state in hooked.history(ANN)] == ["created"]


def test_leaving_a_journey_names_the_journey_alone(hooked: Caller, receiver: Receiver) -> None:
    happen(hooked, "journeyExit", campaignId=8_040_402)
    (left,) = receiver.wait(1)
    assert set(left["dataFields"]) == {"workflowId", "workflowName", "email", "createdAt"}
    assert (left["eventName"], left["dataFields"]["workflowId"]) == ("journeyExit", 361_081)


def test_a_complaint_is_an_unsubscribe(hooked: Caller, receiver: Receiver) -> None:
    happen(hooked, "emailComplaint")
    assert [body["eventName"] for body in receiver.wait(2)] == ["emailComplaint", "emailUnSubscribe"]
    assert receiver.bodies[1]["dataFields"]["unsubSource"] == "Complaint"


def test_a_link_in_a_mail_ends_a_subscription_and_a_page_renews_it(hooked: Caller, receiver: Receiver) -> None:
    happen(hooked, "emailUnSubscribe", messageTypeIds=[catalog.TRANSACTIONAL], campaignId=8_040_401)
    happen(hooked, "emailSubscribe", messageTypeIds=[catalog.TRANSACTIONAL, catalog.GITLAB_MARKETING])
    left, joined = (body["dataFields"] for body in receiver.wait(2))
    assert (left["unsubSource"], left["workflowId"], left["labels"]) == ("EmailLink", 361_081, ["saas-trial"])
    assert (joined["signupSource"], joined["channelIds"]) == ("WebApp", [])
    states = [(s["unsubscribedMessageTypeIds"], s["subscribedMessageTypeIds"]) for s in hooked.history(ANN)[1:]]
    assert states == [([catalog.TRANSACTIONAL], []), ([], [catalog.GITLAB_MARKETING])]


def test_sends_are_posted_by_kind_as_the_webhook_is_set(hooked: Caller, receiver: Receiver) -> None:
    assert edit(hooked, blastSendEnabled=False)[1]["blastSendEnabled"] is False
    happen(hooked, "emailSend", campaignId=8_041_001)
    happen(hooked, "emailSend", campaignId=8_040_401)
    hooked.get("/sandbox/webhooks.json")
    assert [body["dataFields"]["campaignId"] for body in receiver.wait(1)] == [8_040_401]
    messages = hooked.get(f"/api/users/getSentMessages?email={ANN}")[1]["messages"]
    assert sorted(message["campaignId"] for message in messages) == [8_040_401, 8_041_001]


def test_a_webhook_switched_off_posts_nothing(hooked: Caller, receiver: Receiver) -> None:
    edit(hooked, enabled=False)
    happen(hooked, "emailComplaint")
    edit(hooked, enabled=True, authType="OAuth2", authToken="new", headers=[{"key": "X-Own", "value": "1"}])
    happen(hooked, "hostedUnsubscribeClick")
    assert [body["eventName"] for body in receiver.wait(1)] == ["hostedUnsubscribeClick"]
    assert (receiver.headers[0]["Authorization"], receiver.headers[0]["X-Own"]) == ("OAuth2 new", "1")


def test_a_refused_posting_is_tried_again_and_logged(hooked: Caller, receiver: Receiver) -> None:
    receiver.refusals = 1
    happen(hooked, "hostedUnsubscribeClick")
    receiver.wait(1)
    poll(lambda: hooked.get("/sandbox/webhooks.json")[1]["counts"])
    log = hooked.get("/sandbox/webhooks.json")[1]
    assert (log["counts"], log["waiting"]) == ({"delivered": 1}, 0)
    assert [(p["outcome"], p["tries"], p["status"]) for p in log["postings"]] == [("delivered", 2, 200)]
    assert "s3cret" not in hooked.send("GET", "/sandbox/webhooks.json")[1]


def test_what_becomes_visible_by_time_alone_is_posted(receiver: Receiver) -> None:
    with running_sandbox(webhook_url=receiver.url, delay=0.1) as running, Caller(running.url) as caller:
        marketing(caller, "DELETE")
        caller.post("/api/users/updateSubscriptions", {"email": ANN, "unsubscribedChannelIds": [catalog.MARKETING_CHANNEL]})
        assert [body["dataFields"]["channelIds"] for body in receiver.wait(1)] == [[catalog.MARKETING_CHANNEL]]


def test_a_restart_keeps_events_and_posts_none_again(receiver: Receiver, tmp_path: Path) -> None:
    options = {"webhook_url": receiver.url, "state": str(tmp_path / "journal")}
    for run in (1, 2):
        with running_sandbox(**options) as running, Caller(running.url) as caller:
            caller.make(ANN)
            happen(caller, "emailComplaint")
            receiver.wait(2 * run)
            before = [e["eventType"] for e in caller.get(f"/api/events/{ANN}")[1]["events"]]
    assert sorted(before) == ["emailComplaint"] * 2 + ["emailUnSubscribe"] * 2
    assert sorted(body["eventName"] for body in receiver.bodies) == sorted(before)


def test_system_events_are_exported_and_counted(hooked: Caller) -> None:
    happen(hooked, "emailComplaint", campaignId=8_040_402)
    status, text = hooked.send("GET", "/api/export/data.csv?dataTypeName=emailUnSubscribe&range=All&onlyFields=email,unsubSource")
    assert (status, text.splitlines()[1:]) == (200, [f"{ANN},Complaint"])
    metrics = hooked.send("GET", "/api/campaigns/metrics?campaignId=8040402")[1].splitlines()
    assert metrics[1] == "8040402,0,0,1,0,1"


def test_the_seeded_webhook_is_off_and_without_its_token(sandbox: Caller) -> None:
    assert sandbox.get("/api/webhooks")[1] == {
        "webhooks": [
            {
                "id": FIRST_ID,
                "endpoint": "https://marketing.example.com/api/v1/webhooks/iterable/",
                "enabled": False,
                "authType": "NoAuth",
                "blastSendEnabled": True,
                "triggeredSendEnabled": True,
            }
        ]
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": 1}, "BadParams"),
        ({"id": None}, "BadJsonBody"),
        ({"endpoint": "http://example.com/"}, "BadParams"),
        ({"endpoint": "https://[::1/"}, "BadParams"),
        ({"endpoint": "https://example.com:port/"}, "BadParams"),
        ({"authType": "Bearer"}, "BadParams"),
        ({"authToken": "a\nb"}, "BadParams"),
        ({"headers": [{"key": "X"}]}, "BadJsonBody"),
        ({"enabled": "yes"}, "BadJsonBody"),
    ],
)
def test_a_wrong_edit_changes_nothing(sandbox: Caller, changes: dict[str, Any], code: str) -> None:
    before = sandbox.get("/api/webhooks")
    status, answer = edit(sandbox, **changes)
    assert (status, answer["code"]) == (400, code)
    assert sandbox.get("/api/webhooks") == before


@pytest.mark.parametrize(
    "body",
    [
        {"eventName": "user"},
        {"eventName": None},
        {"eventName": "emailBounce", "email": "nobody@example.com"},
        {"eventName": "emailBounce", "campaignId": 1},
        {"eventName": "emailUnSubscribe", "channelIds": ["1"]},
    ],
)
def test_what_cannot_happen_is_refused(sandbox: Caller, body: dict[str, Any]) -> None:
    sandbox.make(ANN)
    assert sandbox.post("/sandbox/webhooks", {"email": ANN, **body})[0] == 400
    assert sandbox.get(f"/api/events/{ANN}")[1] == {"events": []}


def test_a_sandbox_does_not_start_with_an_unfit_webhook() -> None:
    with (
        pytest.raises(ValueError, match="must be https, or http to loopback"),
        running_sandbox(webhook_url="http://example.com/"),
    ):
        pass
