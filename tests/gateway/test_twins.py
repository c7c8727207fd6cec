"""The same calls to an Iterable, and to the gateway with another one behind it: the same answers, the same state afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iterable_admin.inbox.models import Event
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve+1@example.com"
PEOPLE = (ADA, BOB, EVE)
KNOWN = [{"email": email, "dataFields": {"firstName": email[:3]}} for email in PEOPLE]
Call = tuple[str, str, Any]


def post(path: str, body: Any) -> Call:
    return "POST", f"/api/{path}", body


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
    "an unknown action": ("PUT", "/api/subscriptions/messageChannel/1?action=dance", {"users": [ADA]}),
}
# Known to Iterable alone, as it says it: which fields a call made.
OF_EVENT = ("id", "eventName", "createdAt", "dataFields")
LATER = ("createdFields", "filteredOutFields")


def told(answer: tuple[int, Any]) -> tuple[int, Any]:
    status, body = answer
    return status, {name: value for name, value in body.items() if name not in LATER}


def events_of(caller: Caller, email: str) -> list[dict[str, Any]]:
    return list(caller.get(f"/api/events/{email}")[1].get("events", []))


def said_of(event: dict[str, Any]) -> dict[str, Any]:
    """Without the moment of those that Iterable dates itself: the two were asked one after the other."""
    return {name: event.get(name) for name in OF_EVENT if name != "createdAt" or event.get("id")}


def state(caller: Caller) -> list[Any]:
    arrays = ("emailListIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds")
    found = []
    for email in (*PEOPLE, "zoe@example.com"):
        fields = caller.fields(email)
        if fields is not None:
            fields = {name: value for name, value in fields.items() if not (name in arrays and not value)}
        found.append((fields, [said_of(event) for event in events_of(caller, email)]))
    return found


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
def test_what_the_request_alone_decides_is_answered_as_by_iterable(name: str, gateway: Gateway, direct: Caller) -> None:
    answer = gateway.call(*REFUSED[name])

    assert answer == direct.call(*REFUSED[name])
    assert answer[0] == 400
    assert not Event.objects.exists()
