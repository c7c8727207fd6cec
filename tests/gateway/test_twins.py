"""The same calls to an Iterable, and to the gateway with another one behind it: the same answers, the same state afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iterable_admin.inbox.models import Event
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER
from tests.gateway.comparing import ADA, BOB, KNOWN, PEOPLE, state, told
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

Call = tuple[str, str, Any]


def post(path: str, body: Any) -> Call:
    return "POST", f"/api/{path}", body


MARKETING, OPT_IN, OPT_OUT = 108642, 141877, 121452
ZOE = {"email": "zoe@example.com"}
NEW = {"dataFields": {"unheard": 1}}
SEQUENCES: dict[str, list[Call]] = {
    "an event": [post("events/track", {"email": ADA, "eventName": "Trial", "id": "t-1", "createdAt": 1700000000})],
    "an event, sent again with other fields": [
        post("events/track", {"email": ADA, "eventName": "Trial", "id": "t-1", "createdAt": 1700000000, "dataFields": {"n": 1}}),
        post("events/track", {"email": ADA, "eventName": "Trial", "id": "t-1", "createdAt": 1700000000, "dataFields": {"n": 2}}),
    ],
    "events in bulk": [
        post(
            "events/trackBulk",
            {
                "events": [
                    {"email": email, "eventName": "Trial", "id": f"b-{email[:3]}", "createdAt": 1700000000000}
                    for email in (*PEOPLE, "nobody")
                ]
            },
        )
    ],
    "a new user, in capitals": [post("users/update", {"email": "Zoe@Example.com", "dataFields": {"city": "Oslo"}})],
    "fields that Iterable keeps itself": [
        post("users/update", {"email": ADA, "dataFields": {"city": "Oslo", "unsubscribedChannelIds": [1], "signupSource": "x"}})
    ],
    "a field deleted": [post("users/update", {"email": ADA, "dataFields": {"firstName": None}})],
    "nested objects merged, then replaced": [
        post("users/update", {"email": ADA, "dataFields": {"plan": {"a": 1}}}),
        post("users/update", {"email": ADA, "dataFields": {"plan": {"b": 2}}, "mergeNestedObjects": True}),
        post("users/update", {"email": BOB, "dataFields": {"plan": {"a": 1}}, "mergeNestedObjects": True}),
        post("users/update", {"email": BOB, "dataFields": {"plan": {"b": 2}}}),
    ],
    "both identities": [post("users/update", {"email": ADA, "userId": "ada-1", "dataFields": {"city": "Oslo"}})],
    "users in bulk": [post("users/bulkUpdate", {"users": [*KNOWN, {"email": "no address"}, {"email": "zoe@example.com"}]})],
    "subscriptions overwritten": [
        post("users/updateSubscriptions", {"email": ADA, "emailListIds": [NEWSLETTER], "unsubscribedChannelIds": []})
    ],
    "subscriptions in bulk": [
        post(
            "users/bulkUpdateSubscriptions",
            {"updateSubscriptionsRequests": [{"email": ADA, "emailListIds": [NEWSLETTER]}, {"email": "nobody"}]},
        )
    ],
    "on a list and off it": [
        post("lists/subscribe", {"listId": NEWSLETTER, "subscribers": [{"email": ADA, "dataFields": {"x": 1}}, {"email": BOB}]}),
        post("lists/unsubscribe", {"listId": NEWSLETTER, "subscribers": [{"email": BOB}]}),
    ],
    "off a list, with a reason": [
        post(
            "lists/subscribe",
            {"listId": NEWSLETTER, "subscribers": [{"email": ADA}, {"email": BOB}, {"email": "zoe@example.com"}]},
        ),
        post(
            "lists/unsubscribe",
            {"listId": NEWSLETTER, "campaignId": 8041001, "subscribers": [{"email": ADA}, {"email": "nobody"}]},
        ),
    ],
    "out of the channel by way of a list": [
        post("lists/subscribe", {"listId": NEWSLETTER, "subscribers": [{"email": ADA}]}),
        post("lists/unsubscribe", {"listId": NEWSLETTER, "channelUnsubscribe": True, "subscribers": [{"email": ADA}]}),
    ],
    "a channel left by many": [
        ("PUT", f"/api/subscriptions/messageChannel/{MARKETING}?action=unsubscribe", {"users": [ADA, "zoe@example.com"]})
    ],
    "an opt-in type joined, an opt-out type left": [
        ("PUT", f"/api/subscriptions/messageType/{OPT_IN}", {"users": [ADA]}),
        ("PUT", f"/api/subscriptions/messageType/{OPT_OUT}?action=unsubscribe", {"users": [ADA, BOB]}),
    ],
    "new fields not wanted": [post("users/update", {"email": ADA, "createNewFields": False, "dataFields": {"unheard": 1}})],
    "new fields not wanted in bulk": [
        post("users/bulkUpdate", {"createNewFields": False, "users": [KNOWN[0] | NEW, KNOWN[1] | NEW]})
    ],
    "names of our own among those of Iterable": [
        post("users/update", {"email": ADA, "dataFields": {"city": "Oslo"}, "arrays": [1], "updateOnly": True, "joins": False})
    ],
    "a group left by many": [("PUT", f"/api/subscriptions/emailList/{NEWSLETTER}?action=subscribe", {"users": [ADA, BOB]})],
}

REFUSED: dict[str, Call] = {
    "no JSON": post("events/track", b"{"),
    "no object": post("events/track", b"[]"),
    "no event name": post("events/track", {"email": ADA}),
    "an event name that is null": post("events/trackBulk", {"events": [{"email": ADA, "eventName": None}]}),
    "nobody": post("events/track", {"eventName": "Trial"}),
    "a bad address": post("events/track", {"email": "Nobody", "eventName": "Trial"}),
    "a bad user id": post("users/update", {"userId": "ends in a blank "}),
    "a long id": post("events/track", {"email": ADA, "eventName": "Trial", "id": "x" * 513}),
    "a moment before 1970": post("events/track", {"email": ADA, "eventName": "Trial", "createdAt": -5}),
    "a number as text": post("events/track", {"email": ADA, "eventName": "Trial", "createdAt": "1700000000"}),
    "true for a number": post("events/track", {"email": ADA, "eventName": "Trial", "campaignId": True}),
    "fields that are no object": post("users/update", {"email": ADA, "dataFields": []}),
    "no rows": post("users/bulkUpdate", {"users": []}),
    "rows that are none": post("users/bulkUpdate", {"users": {}}),
    "a row that is none": post("users/bulkUpdate", {"users": [{"email": ADA}, 5]}),
    "a wrong type in a row": post("users/bulkUpdate", {"users": [{"email": ADA}, {"email": 5}]}),
    "ids as text": post("users/updateSubscriptions", {"email": ADA, "emailListIds": ["1"]}),
    "no list": post("lists/subscribe", {"subscribers": []}),
    "no subscribers": post("lists/unsubscribe", {"listId": NEWSLETTER}),
    "an unknown group": ("PATCH", f"/api/subscriptions/nothing/5/user/{ADA}", None),
    "a group by name": ("DELETE", f"/api/subscriptions/messageChannel/five/user/{ADA}", None),
    "an unknown list": post("lists/subscribe", {"listId": 7, "subscribers": [{"email": ADA}]}),
    "an unknown list to leave": post("lists/unsubscribe", {"listId": 7, "subscribers": [{"email": ADA}]}),
    "an unknown channel": ("DELETE", f"/api/subscriptions/messageChannel/7/user/{ADA}", None),
    "an unknown group of many": ("PUT", "/api/subscriptions/nothing/7", {"users": []}),
    "an unknown action": ("PUT", "/api/subscriptions/messageChannel/1?action=dance", {"users": [ADA]}),
}


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.django_db(transaction=True)
def test_what_is_sent_here_arrives_as_if_sent_to_iterable(
    name: str, gateway: Gateway, behind: Caller, direct: Caller, drain: Callable[[], None]
) -> None:
    for twin in (behind, direct):
        twin.post("/api/users/bulkUpdate", {"users": KNOWN})
    calls = SEQUENCES[name]

    answers = [told(gateway.call(*call)) for call in calls]

    assert answers == [told(direct.call(*call)) for call in calls]
    drain()
    assert state(behind) == state(direct)


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.django_db(transaction=True)
def test_what_the_request_alone_decides_is_answered_as_by_iterable(
    name: str, gateway: Gateway, behind: Caller, direct: Caller
) -> None:
    answer = gateway.call(*REFUSED[name])

    assert answer == direct.call(*REFUSED[name])
    assert answer[0] == 400
    assert not Event.objects.exists()
