from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Ambiguous, NotThere, Refused
from iterable_admin.iterable.reads import Channel, User
from tests.iterable.conftest import Canned

NO_SUCH_PAGE = "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"


def test_a_profile_is_read_by_a_quoted_email(client: IterableClient, canned: Canned) -> None:
    fields = {"unsubscribedChannelIds": [7], "emailListIds": [3], "plan": "gold"}
    canned.answer(200, {"user": {"email": "a+b@example.com", "userId": "U1", "dataFields": fields, "new": 1}})
    user, call = client.users.by_email("A+b@example.com")
    assert user == User("a+b@example.com", "U1", fields)
    assert (user.unsubscribed_channel_ids, user.unsubscribed_message_type_ids, user.list_ids) == ([7], [], [3])
    assert canned.asked[0].query == {"email": ["a+b@example.com"]}
    assert (call.endpoint, call.status) == ("/api/users/getByEmail", 200)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (400, {"msg": "", "code": "UnknownEmailError", "params": None}),
        (400, {"msg": "", "code": "error.users.noUserWithIdExists", "params": None}),
        (404, {"msg": "", "code": "NotFound", "params": None}),
    ],
)
def test_an_unknown_person_is_none_however_it_is_said(client: IterableClient, canned: Canned, status: int, body: object) -> None:
    canned.answer(status, body)
    user, call = client.users.by_email("a@example.com")
    assert (user, call.status) == (None, status)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, NO_SUCH_PAGE, NotThere),
        (200, "<html><title>Log in</title></html>", Ambiguous),
        (200, "ok", Ambiguous),
        (200, [], Ambiguous),
        (200, {"msg": "", "code": "Success", "params": None}, Ambiguous),
        (400, {"msg": "Invalid email", "code": "InvalidEmailAddressError", "params": None}, Refused),
    ],
)
def test_what_does_not_say_unknown_is_never_read_as_absent(
    client: IterableClient, canned: Canned, status: int, body: object, error: type[Exception]
) -> None:
    canned.answer(status, body)
    with pytest.raises(error):
        client.users.by_email("a@example.com")


def test_events_are_read_up_to_the_limit_iterable_allows(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"events": [{"eventType": "customEvent", "eventName": "SaaS Trials"}]})
    events, call = client.events.by_email("a/b@example.com", limit=1000)
    assert [(event.event_type, event.event_name, event.created_at) for event in events] == [("customEvent", "SaaS Trials", None)]
    assert (canned.asked[0].path, canned.asked[0].query) == ("/api/events/a%2Fb%40example.com", {"limit": ["200"]})
    assert call.endpoint == "/api/events/{email}"


def test_channels_take_media_that_nobody_documented(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"channels": [{"id": 1, "name": "M", "channelType": "Marketing", "messageMedium": "WebPush"}]})
    assert client.channels.all() == [Channel(1, "M", "Marketing", "WebPush")]


def test_message_types_carry_aware_times_from_milliseconds(client: IterableClient, canned: Canned) -> None:
    entry = {"id": 5, "name": "News", "channelId": 1, "subscriptionPolicy": "OptIn", "createdAt": 1_700_000_000_123}
    canned.answer(200, {"messageTypes": [entry]})
    [found] = client.message_types.all()
    assert (found.id, found.channel_id, found.subscription_policy) == (5, 1, "OptIn")
    assert found.created_at == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    assert found.updated_at is None


@pytest.mark.parametrize("body", [{}, {"channels": None}, {"channels": [{"name": "no id"}]}, {"channels": ["x"]}])
def test_a_list_that_cannot_be_read_is_an_error_and_not_an_empty_list(
    client: IterableClient, canned: Canned, body: object
) -> None:
    canned.answer(200, body)
    with pytest.raises(Ambiguous):
        client.channels.all()


def test_journeys_are_read_in_two_passes_and_all_pages(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"journeys": [{"id": 2, "enabled": True}], "totalJourneysCount": 2, "nextPageUrl": "/x?page=2"})
    canned.answer(200, {"journeys": [{"id": 1, "triggerEventNames": ["SaaS Trials"]}], "totalJourneysCount": 2})
    canned.answer(200, {"journeys": [{"id": 3}], "totalJourneysCount": 1})
    found = client.journeys.all()
    assert [(asked.query["page"], asked.query.get("state")) for asked in canned.asked] == [
        (["1"], None),
        (["2"], None),
        (["1"], ["Archived"]),
    ]
    assert [(journey.id, journey.is_archived) for journey in found] == [(1, False), (2, False), (3, True)]
    assert found[0].trigger_event_names == ["SaaS Trials"]


def test_a_link_to_the_next_page_is_never_followed_to_another_host(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"journeys": [{"id": 1}], "nextPageUrl": "https://elsewhere.example.com/steal"})
    canned.answer(200, {"journeys": []})
    client.journeys.all()
    assert [asked.path for asked in canned.asked] == ["/api/journeys"] * 3


def test_field_types_come_by_dotted_name(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"fields": {"a": "string", "a.b": "long"}})
    assert client.users.fields() == {"a": "string", "a.b": "long"}


def test_a_total_that_comes_as_text_is_a_total(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"journeys": [{"id": 1}], "totalJourneysCount": "2"})
    canned.answer(200, {"journeys": [{"id": 2}], "totalJourneysCount": "2"})
    canned.answer(200, {"journeys": []})
    assert [journey.id for journey in client.journeys.all()] == [1, 2]


def test_a_journey_that_does_not_say_whether_it_is_archived_is_what_was_asked_for(client: IterableClient, canned: Canned) -> None:
    for journey in ({"id": 1, "isArchived": None}, {"id": 2, "isArchived": None}):
        canned.answer(200, {"journeys": [journey]})
    assert [journey.is_archived for journey in client.journeys.all()] == [False, True]
