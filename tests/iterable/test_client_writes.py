from __future__ import annotations

from operator import attrgetter

import pytest

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import Refused, Unsendable
from iterable_admin.iterable.outcomes import Outcome
from iterable_admin.iterable.writes import ProfileUpdate, SubscriptionUpdate, TrackedEvent
from tests.iterable.conftest import KEY, Canned

SUCCESS = {"msg": "", "code": "Success", "params": None}
ANN = ProfileUpdate({"plan": "gold"}, email="Ann@Example.com")


def test_a_profile_update_is_sent_with_the_key_and_lower_cased_email(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, SUCCESS, Iterable_Request_Id="r-1")
    call = client.users.update(ANN)
    [asked] = canned.asked
    assert (asked.method, asked.path) == ("POST", "/api/users/update")
    assert asked.headers["Api-Key"] == KEY
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["User-Agent"] == "iterable-admin/0.1"
    assert asked.json() == {"email": "ann@example.com", "dataFields": {"plan": "gold"}, "mergeNestedObjects": False}
    assert (call.method, call.endpoint, call.status, call.request_id) == ("POST", "/api/users/update", 200, "r-1")


def test_a_bulk_update_leaves_the_field_policy_to_the_project(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"successCount": 1, "failCount": 0, "createdFields": ["plan"], "filteredOutFields": ["x"]})
    result = client.users.bulk_update([ANN])
    assert canned.asked[0].json() == {"users": [ANN.as_json()]}
    assert [row.outcome for row in result.rows] == [Outcome.DELIVERED]
    assert (result.created_fields, result.filtered_out_fields) == (["plan"], ["x"])


def test_update_only_asks_iterable_to_create_nobody(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"successCount": 1, "failCount": 0})
    client.users.bulk_update([ANN], update_only=True)
    assert canned.asked[0].json()["updateOnly"] is True


@pytest.mark.parametrize("method", ["users.bulk_update", "events.track_bulk"])
def test_an_empty_bulk_call_is_not_sent(client: IterableClient, canned: Canned, method: str) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        attrgetter(method)(client)([])
    assert canned.asked == []


def test_none_leaves_a_list_out_and_an_empty_list_is_sent(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, SUCCESS)
    client.subscriptions.update(SubscriptionUpdate(email="a@example.com", email_list_ids=[], unsubscribed_channel_ids=[7]))
    assert canned.asked[0].json() == {"email": "a@example.com", "emailListIds": [], "unsubscribedChannelIds": [7]}


@pytest.mark.parametrize(("verb", "method"), [("subscribe", "PATCH"), ("unsubscribe", "DELETE")])
def test_one_subscription_is_changed_by_a_quoted_path_without_body(
    client: IterableClient, canned: Canned, verb: str, method: str
) -> None:
    canned.answer(202, SUCCESS)
    call = getattr(client.subscriptions, verb)("messageType", 5, "a+b/c@example.com")
    [asked] = canned.asked
    assert (asked.method, asked.path) == (method, "/api/subscriptions/messageType/5/user/a%2Bb%2Fc%40example.com")
    assert asked.body == b""
    assert (call.endpoint, call.status) == ("/api/subscriptions/{group}/{id}/user/{email}", 202)


def test_an_event_carries_its_own_id_and_seconds(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"msg": "Event with id: e1 tracked.", "code": "Success", "params": {"id": "e1"}})
    client.events.track(TrackedEvent("SaaS Trials", {"a": 1}, user_id="U1", id="e1", created_at=1_700_000_000))
    assert canned.asked[0].json() == {
        "userId": "U1",
        "eventName": "SaaS Trials",
        "dataFields": {"a": 1},
        "id": "e1",
        "createdAt": 1_700_000_000,
    }


def test_an_event_without_a_time_is_not_stamped_1970() -> None:
    assert "createdAt" not in TrackedEvent("x", {}, email="a@example.com", created_at=0).as_json()


def test_a_blocked_event_name_is_refused_although_the_status_is_200(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, {"msg": "x is disallowed from tracking", "code": "Success", "params": None})
    with pytest.raises(Refused) as caught:
        client.events.track(TrackedEvent("x", {}, email="a@example.com"))
    assert caught.value.code == "disallowed"


@pytest.mark.parametrize("names", [{}, {"email": "a@example.com", "user_id": "1"}])
def test_a_person_is_named_by_exactly_one_identifier(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="one of them"):
        ProfileUpdate({}, **names)  # type: ignore[arg-type]  # the refusal is what is tested


def test_a_value_that_would_turn_into_a_deleting_null_is_not_sent(client: IterableClient, canned: Canned) -> None:
    with pytest.raises(Unsendable):
        client.users.update(ProfileUpdate({"seats": float("nan")}, email="a@example.com"))
    assert canned.asked == []
