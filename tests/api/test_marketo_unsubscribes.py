from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event

Post = Callable[..., Any]
PATH = "webhooks/marketo/unsubscribe/"
NOW = datetime(2023, 6, 12, 12, tzinfo=UTC)
BODY = {
    "event": "unsubscribe",
    "marketo_lead_id": 52981234,
    "email": "Jane.Doe+trial@Example.COM",
    "unsubscribed": True,
    "unsubscribed_reason": "",
    "occurred_at": "2023-06-11 14:03:22",
    "campaign": "Unsubscribe to Iterable",
}
FORM = "event=unsubscribe&lead_id=52981234&email=Jane.Doe%2Btrial%40Example.COM&unsubscribed=1"


@time_machine.travel(NOW, tick=False)
def test_an_unsubscribe_is_a_withdrawal_in_the_persons_lane(post: Post) -> None:
    answer = post(PATH, BODY)
    event = Event.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": str(event.uuid), "status": "received", "duplicate": False})
    assert (event.door, event.name, event.withdrawal) == ("unsubscribe", "unsubscribe", True)
    assert (event.email, event.lane) == ("jane.doe+trial@example.com", address_key("jane.doe+trial@example.com"))
    assert event.payload == {
        "unsubscribed": True,
        "dated_by": "latest",
        "email_as_received": "Jane.Doe+trial@Example.COM",
        "reason": "",
        "lead_id": 52981234,
        "campaign": "Unsubscribe to Iterable",
    }


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
def test_the_form_twin_is_understood_whatever_its_content_type_says(api: APIClient, content_type: str) -> None:
    answer = api.post(f"/api/v1/{PATH}", FORM.encode(), content_type=content_type)
    event = Event.objects.get()
    assert (answer.status_code, event.email, event.payload["lead_id"]) == (202, "jane.doe+trial@example.com", 52981234)
    assert event.raw_body == FORM


def test_json_sent_as_a_form_is_understood(api: APIClient) -> None:
    body = b'{"email": "ada@example.com"}'
    assert api.post(f"/api/v1/{PATH}", body, content_type="application/x-www-form-urlencoded").status_code == 202
    assert Event.objects.get().withdrawal is True


def test_a_plus_that_a_form_swallowed_is_repaired_and_flagged(api: APIClient) -> None:
    api.post(f"/api/v1/{PATH}", b"email=jane+trial@example.com", content_type="application/x-www-form-urlencoded")
    event = Event.objects.get()
    assert event.email == "jane+trial@example.com"
    assert event.flags == ["email: a blank was read as +, which a URL or a form had swallowed"]


def test_parameters_in_the_url_are_understood_and_secrets_among_them_not_kept(api: APIClient) -> None:
    assert api.post(f"/api/v1/{PATH}?email=jane+trial@example.com&token=hush").status_code == 202
    event = Event.objects.get()
    assert (event.email, event.raw_body) == ("jane+trial@example.com", "email=jane+trial%40example.com")


def test_a_blank_in_a_json_address_is_refused(post: Post) -> None:
    answer = post(PATH, {"email": "jane trial@example.com"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["email"])
    assert Event.objects.get().state == "rejected"


@pytest.mark.parametrize("spelling", [True, "true", "TRUE", 1, "1", "Yes", "y", "t", "on", None, "", "{{lead.Unsubscribed}}"])
def test_true_in_every_spelling_and_nothing_at_all_unsubscribe(post: Post, spelling: Any) -> None:
    assert post(PATH, {"email": "ada@example.com", "unsubscribed": spelling}).status_code == 202
    event = Event.objects.get()
    assert (event.withdrawal, event.payload["unsubscribed"]) == (True, True)


@pytest.mark.parametrize("spelling", [False, "false", "False", 0, "0", "No", "n", "f", "off"])
def test_false_in_every_spelling_subscribes_again(post: Post, spelling: Any) -> None:
    assert post(PATH, {"email": "ada@example.com", "unsubscribed": spelling}).status_code == 202
    event = Event.objects.get()
    assert (event.name, event.withdrawal, event.payload["unsubscribed"]) == ("resubscribe", False, False)


@pytest.mark.parametrize("spelling", ["perhaps", 2, [], {"value": True}])
def test_any_other_spelling_is_refused_by_name_and_kept(post: Post, spelling: Any) -> None:
    answer = post(PATH, {"email": "ada@example.com", "unsubscribed": spelling})
    assert (answer.status_code, answer.json()["errors"]) == (422, {"unsubscribed": "must be a boolean: send true or false."})
    assert Event.objects.get().state == "rejected"


def test_changes_are_never_repeats_of_each_other_whatever_id_comes_along(post: Post) -> None:
    headers = {"Idempotency-Key": "same", "X-Workato-Dedup": "same"}
    answers = [post(PATH, BODY | {"id": "same"}, **headers).json() for _ in range(3)]
    assert len({answer["id"] for answer in answers}) == 3
    assert [answer["duplicate"] for answer in answers] == [False, False, False]
    assert list(Event.objects.values_list("dedup_key", flat=True)) == [None, None, None]


@pytest.mark.parametrize("body", [b"", b"   ", b"hello", b'{"email": ""ada@example.com""}', b"[]"])
def test_what_is_neither_json_nor_a_form_is_refused_with_a_small_json_body(api: APIClient, body: bytes) -> None:
    answer = api.post(f"/api/v1/{PATH}", body, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert "token encoding" in answer.json()["detail"]
    assert not Event.objects.exists()


def test_events_write_is_not_enough(limited: Callable[..., APIClient]) -> None:
    assert limited("events:write").post(f"/api/v1/{PATH}", BODY, format="json").status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("unsubscribed", "zone", "sent", "occurred_at", "dated_by"),
    [
        (True, "", "2023-06-11 14:03:22", datetime(2023, 6, 12, 2, 3, 22, tzinfo=UTC), "latest"),
        (False, "", "2023-06-11 14:03:22", datetime(2023, 6, 11, 0, 3, 22, tzinfo=UTC), "earliest"),
        (True, "America/Los_Angeles", "2023-06-11 14:03:22", datetime(2023, 6, 11, 21, 3, 22, tzinfo=UTC), "caller"),
        (True, "", "2023-06-11T14:03:22Z", datetime(2023, 6, 11, 14, 3, 22, tzinfo=UTC), "caller"),
        (True, "", "2023-06-11T14:03:22+0200", datetime(2023, 6, 11, 12, 3, 22, tzinfo=UTC), "caller"),
        (True, "", 1686492202, datetime(2023, 6, 11, 14, 3, 22, tzinfo=UTC), "caller"),
        (True, "", "", NOW, "receipt"),
        (True, "", "{{system.dateTime}}", NOW, "receipt"),
        (True, "", "some day", NOW, "receipt"),
        (True, "", "2023-07-01T00:00:00Z", NOW, "receipt"),
        (False, "", "2023-07-01T00:00:00Z", NOW, "receipt"),
        (True, "", "2023-06-12 11:00:00", NOW, "receipt"),
        (True, "", "2023-06-10", datetime(2023, 6, 11, 11, 59, 59, 999999, tzinfo=UTC), "latest"),
        (False, "", "2023-06-10", datetime(2023, 6, 9, 10, tzinfo=UTC), "earliest"),
        (True, "America/New_York", "2022-11-06 01:30:00", datetime(2022, 11, 6, 6, 30, tzinfo=UTC), "caller"),
        (False, "America/New_York", "2022-11-06 01:30:00", datetime(2022, 11, 6, 5, 30, tzinfo=UTC), "caller"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_time_is_read_so_that_no_doubt_undoes_a_withdrawal(
    post: Post, settings: Any, unsubscribed: bool, zone: str, sent: Any, occurred_at: datetime, dated_by: str
) -> None:
    settings.MARKETO_TIME_ZONE = zone
    post(PATH, {"email": "ada@example.com", "unsubscribed": unsubscribed, "occurred_at": sent})
    event = Event.objects.get()
    assert (event.occurred_at, event.payload["dated_by"]) == (occurred_at, dated_by)


@time_machine.travel(NOW, tick=False)
def test_a_future_time_is_flagged(post: Post) -> None:
    post(PATH, {"email": "ada@example.com", "occurred_at": "2023-07-01T00:00:00Z"})
    assert Event.objects.get().flags == ["occurred_at: in the future, taken as receipt"]


def test_a_grant_whose_time_cannot_be_read_is_refused(post: Post) -> None:
    answer = post(PATH, {"email": "ada@example.com", "unsubscribed": False, "occurred_at": "some day"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["occurred_at"])
