from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iterable_admin.addresses import address_key, user_id_lane
from iterable_admin.inbox.models import Event
from tests.factories import ContactFactory

Post = Callable[..., Any]
TRACK = {
    "eventName": "SaaS Trials",
    "email": "ada@example.com",
    "dataFields": {"company": "Fictional Company", "plan": "gold", "nothing": None, "state": None},
    "createdAt": 1686492202,
    "id": "trial-1",
}


def test_iterables_own_track_shape_is_understood(post: Post) -> None:
    assert post("events/", TRACK).status_code == 202
    event = Event.objects.get()
    assert (event.name, event.caller_id, event.iterable_id) == ("SaaS Trials", "trial-1", "trial-1")
    assert event.payload["created_at"] == 1686492202
    assert event.payload["data_fields"] == {"company": "Fictional Company", "plan": "gold"}


@pytest.mark.parametrize("name", ["SaaS Trial", "saas trial", " SAAS TRIALS ", "Experiment - SaaS Trial"])
def test_a_name_is_found_by_alias_in_any_case(post: Post, name: str) -> None:
    post("events/", TRACK | {"eventName": name})
    event = Event.objects.get()
    assert (event.name, event.payload["event_type"], event.payload["event_name"]) == ("SaaS Trials", "SaaS Trials", name.strip())


def test_a_name_without_an_event_type_is_accepted_and_kept_as_received(post: Post) -> None:
    fields = {"country": "de", "companyNamespace": "perhaps", "seats": "3"}
    assert post("events/", {"eventName": "Seat Assigned", "email": "ada@example.com", "dataFields": fields}).status_code == 202
    event = Event.objects.get()
    assert (event.name, event.payload["event_type"], event.payload["event_name"]) == ("Seat Assigned", "", "Seat Assigned")
    assert event.payload["data_fields"] == {"country": "Germany", "seats": "3", "companyNamespace": "perhaps"}
    assert event.flags == ["companyNamespace: must be a boolean: send true or false; kept as received"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ada@example.com"}, "eventName"),
        ({"email": "ada@example.com", "eventName": "  "}, "eventName"),
        ({"email": "ada@example.com", "eventName": 7}, "eventName"),
        ({"email": "ada@example.com", "eventName": "x" * 256}, "eventName"),
        ({"eventName": "SaaS Trials"}, "email"),
        ({"eventName": "SaaS Trials", "userId": {"id": 1}}, "userId"),
        ({"eventName": "SaaS Trials", "userId": "x" * 65}, "userId"),
        ({"eventName": "SaaS Trials", "email": "ada@example.com", "createdAt": -1}, "createdAt"),
    ],
)
def test_an_error_names_its_field(post: Post, body: dict[str, Any], field: str) -> None:
    answer = post("events/", body)
    assert (answer.status_code, field in answer.json()["errors"]) == (422, True)
    assert Event.objects.get().state == "rejected"


def test_a_user_id_is_resolved_to_the_address_we_know(post: Post) -> None:
    ContactFactory.create(email="ada@example.com", gitlab_user_id=4711)
    post("events/", {"eventName": "SaaS Trials", "userId": 4711})
    event = Event.objects.get()
    assert (event.email, event.user_id, event.lane) == ("ada@example.com", "4711", address_key("ada@example.com"))
    assert event.payload["gitlab_user_id"] == 4711


@pytest.mark.parametrize("user_id", ["4711", "someone-else", "99999999999999999999", "0"])
def test_a_user_id_without_a_known_address_has_a_lane_of_its_own(post: Post, user_id: str) -> None:
    assert post("events/", {"eventName": "SaaS Trials", "userId": user_id}).status_code == 202
    event = Event.objects.get()
    assert (event.email, event.lane) == ("", user_id_lane(user_id))


@pytest.mark.parametrize(
    ("sent", "seconds"), [(1686492202, 1686492202), (1686492202123, 1686492202), ("2023-06-11T14:03:22Z", 1686492202)]
)
def test_created_at_is_read_in_seconds_milliseconds_and_iso(post: Post, sent: Any, seconds: int) -> None:
    post("events/", TRACK | {"createdAt": sent})
    assert Event.objects.get().payload["created_at"] == seconds


def test_a_created_at_in_the_future_counts_as_receipt(post: Post) -> None:
    post("events/", TRACK | {"createdAt": "2999-01-01T00:00:00Z"})
    event = Event.objects.get()
    assert (event.payload["created_at"], event.occurred_at) == (None, None)
    assert event.flags == ["createdAt: in the future, taken as receipt"]


def test_an_unset_created_at_is_absent(post: Post) -> None:
    post("events/", TRACK | {"createdAt": 0})
    assert Event.objects.get().payload["created_at"] is None


@pytest.mark.parametrize(
    ("sent", "understood"), [(True, True), ("false", False), ("Yes", True), (0, False), (None, None), ("", None)]
)
def test_opt_in_is_read_in_many_spellings_and_is_no_data_field(post: Post, sent: Any, understood: bool | None) -> None:
    post("events/", {"eventName": "SaaS Trials", "email": "ada@example.com", "dataFields": {"opt_in": sent}})
    event = Event.objects.get()
    assert (event.payload["opt_in"], event.payload["data_fields"]) == (understood, {})


def test_an_opt_in_that_cannot_be_read_is_no_consent_and_no_error(post: Post) -> None:
    assert post("events/", TRACK | {"opt_in": "perhaps"}).status_code == 202
    event = Event.objects.get()
    assert (event.payload["opt_in"], event.flags) == (None, ["opt_in: not a boolean, taken as absent"])
