from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.intake.models import EventType
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event

Post = Callable[..., Any]
TRIAL = {
    "email": "John.Doe@Example.com",
    "company": "Fictional Company",
    "companyNamespace": True,
    "country": "United States",
    "employeeBucket": "1-99",
    "firstName": "John",
    "lastName": "Doe",
    "latest_trial_start_date": "2023-06-11",
    "signupReason": "I want to explore GitLab",
    "state": "OR",
    "userRole": "product_designer",
}
FIELDS = {name: value for name, value in TRIAL.items() if name != "email"}


def test_a_trial_is_committed_as_an_event_and_answered_202(post: Post) -> None:
    answer = post("events/saas-trial/", TRIAL)

    event = Event.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": str(event.uuid), "status": "received", "duplicate": False})
    assert (event.name, event.email, event.lane) == ("SaaS Trials", "john.doe@example.com", address_key("john.doe@example.com"))
    assert event.payload == {
        "event_type": "SaaS Trials",
        "event_name": "SaaS Trials",
        "data_fields": FIELDS,
        "created_at": None,
        "opt_in": None,
        "email_as_received": "John.Doe@Example.com",
        "gitlab_user_id": None,
    }
    assert event.flags == []


def test_the_raw_body_and_the_request_id_are_kept(post: Post) -> None:
    post("events/saas-trial/", TRIAL)
    event = Event.objects.get()
    assert '"John.Doe@Example.com"' in event.raw_body
    assert event.path == "/api/v1/events/saas-trial/"
    assert str(uuid.UUID(event.request_id)) == event.request_id


def test_a_free_registration_has_an_endpoint_of_its_own(post: Post) -> None:
    assert post("events/saas-free-registration/", {"email": "ada@example.com", "state": "Alabama"}).status_code == 202
    event = Event.objects.get()
    assert (event.name, event.payload["data_fields"]) == ("SaaS Free Registration", {"state": "Alabama"})


def test_data_fields_may_be_nested_as_in_iterables_own_shape(post: Post) -> None:
    post("events/saas-trial/", {"email": "ada@example.com", "dataFields": {"company": "Fictional Company"}})
    assert Event.objects.get().payload["data_fields"] == {"company": "Fictional Company"}


def test_an_event_type_that_was_added_as_a_row_has_an_endpoint(post: Post) -> None:
    EventType.objects.create(name="Seat Assigned", slug="seat-assigned", fields=[{"name": "seats", "type": "integer"}])
    assert post("events/seat-assigned/", {"email": "ada@example.com", "seats": "3"}).status_code == 202
    assert Event.objects.get().payload["data_fields"] == {"seats": 3}


@pytest.mark.parametrize("slug", ["no-such-type", "retired"])
def test_a_type_that_is_missing_or_inactive_has_none(post: Post, slug: str) -> None:
    EventType.objects.create(name="Retired", slug="retired", active=False)
    assert post(f"events/{slug}/", TRIAL).status_code == 404
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"company": "Nobody Ltd"}, "email"),
        ({"email": "not an address"}, "email"),
        ({"email": ["ada@example.com"]}, "email"),
        ({"email": "{{lead.Email Address}}"}, "email"),
        (TRIAL | {"companyNamespace": "perhaps"}, "companyNamespace"),
        (TRIAL | {"company": {"name": "Fictional"}}, "company"),
        (TRIAL | {"latest_trial_start_date": "2023-02-30"}, "latest_trial_start_date"),
        (TRIAL | {"createdAt": "yesterday"}, "createdAt"),
        (TRIAL | {"dataFields": "company"}, "dataFields"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field_and_kept_as_rejected(post: Post, body: dict[str, Any], field: str) -> None:
    answer = post("events/saas-trial/", body)
    event = Event.objects.get()
    assert (answer.status_code, answer.json()["id"], list(answer.json()["errors"])) == (422, str(event.uuid), [field])
    assert (event.state, event.errors, event.dedup_key) == ("rejected", answer.json()["errors"], None)


def test_a_refusal_says_how_to_mend_it(post: Post) -> None:
    answer = post("events/saas-trial/", TRIAL | {"latest_trial_start_date": "11/06/2023"})
    assert answer.json()["errors"] == {
        "latest_trial_start_date": "must be a date: send it as yyyy-MM-dd, such as 2023-06-11.",
    }


def test_a_refused_event_may_be_sent_again_mended_under_the_same_id(post: Post) -> None:
    assert post("events/saas-trial/", TRIAL | {"id": "a-1", "companyNamespace": "perhaps"}).status_code == 422
    assert post("events/saas-trial/", TRIAL | {"id": "a-1"}).status_code == 202


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"email": NaN}'])
def test_what_is_no_json_object_is_malformed_and_not_kept(api: APIClient, types: None, body: bytes) -> None:
    assert api.post("/api/v1/events/saas-trial/", body, content_type="application/json").status_code == 400
    assert not Event.objects.exists()


def test_a_body_with_a_nul_character_is_kept_without_it(post: Post) -> None:
    assert post("events/saas-trial/", TRIAL | {"company": "Fic\0tional", "more": [{"a\0": "b\0"}]}).status_code == 202
    fields = Event.objects.get().payload["data_fields"]
    assert (fields["company"], fields["more"]) == ("Fictional", [{"a": "b"}])
