"""Which changes of subscriptions leave a system event with the person, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox.project import catalog
from iterable_admin.sandbox.subscriptions import mailing_lists
from tests.sandbox.caller import Caller

ANN = "ann@example.com"
CHANNEL, TYPE, OPT_IN = catalog.MARKETING_CHANNEL, catalog.MARKETING_MESSAGE, catalog.GITLAB_MARKETING
LIST = mailing_lists.NEWSLETTER
ONE = "/api/subscriptions/{}/{}/user/ann%40example.com"


def told(sandbox: Caller) -> list[tuple[str, list[int], list[int], list[int], str]]:
    """Oldest first: event, channels, message types, lists, source."""
    events = reversed(sandbox.get(f"/api/events/{ANN}?limit=200")[1]["events"])
    return [
        (e["eventType"], e["channelIds"], e["messageTypeIds"], e["emailListIds"], e.get("unsubSource") or e["signupSource"])
        for e in events
    ]


def overwrite(sandbox: Caller, **lists: Any) -> None:
    assert sandbox.post("/api/users/updateSubscriptions", {"email": ANN, **lists})[0] == 200


def test_overwriting_tells_what_was_left_and_what_was_joined(sandbox: Caller) -> None:
    overwrite(sandbox, subscribedMessageTypeIds=[OPT_IN], emailListIds=[LIST])
    overwrite(sandbox, unsubscribedChannelIds=[CHANNEL], unsubscribedMessageTypeIds=[TYPE], emailListIds=[])
    assert told(sandbox) == [
        ("emailSubscribe", [], [OPT_IN], [LIST], "API"),
        ("emailUnSubscribe", [CHANNEL], [TYPE], [LIST], "API"),
    ]


def test_an_unsubscribe_names_the_campaign_it_is_put_down_to(sandbox: Caller) -> None:
    overwrite(sandbox, unsubscribedChannelIds=[CHANNEL], campaignId=7, templateId=8)
    (event,) = sandbox.get(f"/api/events/{ANN}")[1]["events"]
    assert (event["email"], event["campaignId"], event["templateId"]) == (ANN, 7, 8)


def test_what_changes_nothing_is_not_told(sandbox: Caller) -> None:
    for _ in range(2):
        overwrite(sandbox, unsubscribedChannelIds=[CHANNEL])
    assert len(told(sandbox)) == 1


@pytest.mark.parametrize(
    ("group", "group_id", "left"),
    [
        ("messageChannel", CHANNEL, ([CHANNEL], [], [])),
        ("messageType", TYPE, ([], [TYPE], [])),
    ],
)
def test_one_subscription_is_told(sandbox: Caller, group: str, group_id: int, left: tuple[list[int], ...]) -> None:
    sandbox.call("DELETE", ONE.format(group, group_id))
    sandbox.call("PATCH", ONE.format(group, group_id))
    assert told(sandbox) == [("emailUnSubscribe", *left, "API"), ("emailSubscribe", *left, "API")]


def test_a_batch_of_subscribers_is_told_of_each(sandbox: Caller) -> None:
    path = f"/api/subscriptions/emailList/{LIST}"
    for action in ("subscribe", "unsubscribe"):
        assert sandbox.call("PUT", f"{path}?action={action}", {"users": [ANN]})[0] == 202
    assert [(event, lists) for event, _, _, lists, _ in told(sandbox)] == [
        ("emailSubscribe", [LIST]),
        ("emailUnSubscribe", [LIST]),
    ]


def test_lists_are_told_with_their_own_source(sandbox: Caller) -> None:
    call = {"listId": LIST, "subscribers": [{"email": ANN}]}
    sandbox.post("/api/lists/subscribe", call)
    sandbox.post("/api/lists/unsubscribe", {**call, "channelUnsubscribe": True})
    assert told(sandbox) == [
        ("emailSubscribe", [], [], [LIST], "ListAPI"),
        ("emailUnSubscribe", [CHANNEL], [], [LIST], "ListAPI"),
    ]


def test_lists_set_as_a_field_in_bulk_are_not_told(sandbox: Caller) -> None:
    rows = [{"email": ANN, "dataFields": {"emailListIds": [LIST], "unsubscribedChannelIds": [CHANNEL]}}]
    assert sandbox.post("/api/users/bulkUpdate", {"users": rows})[1]["successCount"] == 1
    fields = sandbox.fields(ANN) or {}
    # Opt-outs can be set so only in a project without opt-in message types, and this one has such a type.
    assert (fields["emailListIds"], fields["unsubscribedChannelIds"], told(sandbox)) == ([LIST], [], [])


def test_lists_that_are_no_numbers_spoil_their_row_alone(sandbox: Caller) -> None:
    rows = [{"email": ANN, "dataFields": {"emailListIds": ["x"]}}, {"email": "bob@example.com"}]
    _, body = sandbox.post("/api/users/bulkUpdate", {"users": rows})
    assert (body["successCount"], body["failedUpdates"]["invalidDataEmails"]) == (1, [ANN])
    assert sandbox.fields(ANN) is None


def test_system_events_stand_among_the_custom_ones_by_time(sandbox: Caller) -> None:
    overwrite(sandbox, unsubscribedChannelIds=[CHANNEL])
    for created_at in (1_686_441_600, 4_102_444_800):
        sandbox.post("/api/events/track", {"email": ANN, "eventName": "X", "createdAt": created_at})
    events = sandbox.get(f"/api/events/{ANN}")[1]["events"]
    assert [event["eventType"] for event in events] == ["customEvent", "emailUnSubscribe", "customEvent"]
