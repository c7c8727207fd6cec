from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from iterable_admin.inbox.models import Event

Post = Callable[..., Any]
TRIAL = {"email": "ada@example.com", "company": "Fictional Company", "latest_trial_start_date": "2023-06-11"}
FREE = {"email": "ada@example.com", "company": "Fictional Company"}


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Workato-Dedup"])
def test_a_repeated_header_answers_with_the_first_ones_id(post: Post, header: str) -> None:
    first = post("events/saas-trial/", TRIAL, **{header: "job-1"}).json()
    again = post("events/saas-trial/", TRIAL, **{header: "job-1"})
    assert (again.status_code, again.json()) == (202, first | {"duplicate": True})
    assert Event.objects.count() == 1


def test_a_repeated_id_answers_with_the_first_ones_id(post: Post) -> None:
    first = post("events/saas-trial/", TRIAL | {"id": "trial-1"}).json()
    assert post("events/saas-trial/", TRIAL | {"id": "trial-1"}).json() == first | {"duplicate": True}
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("extra", "headers"), [({"id": "one"}, {}), ({}, {"Idempotency-Key": "one"})])
def test_a_reused_id_with_another_body_is_refused(post: Post, extra: dict[str, str], headers: dict[str, str]) -> None:
    first = post("events/saas-trial/", TRIAL | extra, **headers).json()
    answer = post("events/saas-trial/", TRIAL | extra | {"company": "Other"}, **headers)
    message = "was used before with another body: send a new id, or the same body."
    assert (answer.status_code, answer.json()) == (422, {"id": first["id"], "errors": {"id": message}})
    assert Event.objects.count() == 1


def test_an_id_unfit_for_iterable_is_flagged_and_still_tells_repeats(post: Post) -> None:
    first = post("events/saas-trial/", TRIAL | {"id": "trial_1/ä"}).json()
    assert post("events/saas-trial/", TRIAL | {"id": "trial_1/ä"}).json() == first | {"duplicate": True}
    event = Event.objects.get()
    assert (event.caller_id, event.iterable_id) == ("", str(event.uuid))
    assert event.flags == [
        "id: not fit for Iterable (letters, digits and hyphens, at most 512), used here to tell repeats apart only"
    ]


def test_without_an_id_person_event_content_and_trial_day_make_a_repeat(post: Post) -> None:
    with time_machine.travel(datetime(2023, 6, 11, tzinfo=UTC)):
        first = post("events/saas-trial/", TRIAL).json()
    with time_machine.travel(datetime(2023, 6, 20, tzinfo=UTC)):
        again = post("events/saas-trial/", {"email": "ada@example.com", **TRIAL}).json()
    assert again == first | {"duplicate": True}
    assert Event.objects.count() == 1


@pytest.mark.parametrize("body", [TRIAL | {"latest_trial_start_date": "2023-06-12"}, TRIAL | {"email": "bob@example.com"}])
def test_another_day_or_person_is_news(post: Post, body: dict[str, str]) -> None:
    post("events/saas-trial/", TRIAL)
    assert post("events/saas-trial/", body).json()["duplicate"] is False
    assert list(Event.objects.values_list("duplicate_of", flat=True)) == [None, None]


def test_the_day_of_a_free_registration_is_that_of_created_at_or_receipt(post: Post) -> None:
    with time_machine.travel(datetime(2023, 6, 11, tzinfo=UTC)):
        post("events/saas-free-registration/", FREE)
        same_day = FREE | {"createdAt": "2023-06-11T23:59:59Z"}
        assert post("events/saas-free-registration/", same_day).json()["duplicate"] is True
    with time_machine.travel(datetime(2023, 6, 12, tzinfo=UTC)):
        assert post("events/saas-free-registration/", FREE).json()["duplicate"] is False
    assert list(Event.objects.values_list("duplicate_of", flat=True)) == [None, None]


def test_the_same_said_in_another_spelling_is_a_repeat(post: Post) -> None:
    first = post("events/saas-trial/", TRIAL | {"companyNamespace": True}).json()
    again = post("events/saas-trial/", TRIAL | {"companyNamespace": "true", "email": " Ada@Example.com"}).json()
    assert again == first | {"duplicate": True}


def test_the_same_key_with_other_content_follows_the_first(post: Post) -> None:
    first = post("events/saas-trial/", TRIAL).json()
    follower = post("events/saas-trial/", TRIAL | {"company": "Other"}).json()
    assert (follower["duplicate"], follower["id"] != first["id"]) == (False, True)
    assert str(Event.objects.get(uuid=follower["id"]).duplicate_of.uuid) == first["id"]  # type: ignore[union-attr]


def test_two_kinds_of_event_on_one_day_are_no_repeats(post: Post) -> None:
    post("events/saas-trial/", TRIAL)
    assert post("events/saas-free-registration/", TRIAL).json()["duplicate"] is False


def test_refused_events_are_no_repeats(post: Post) -> None:
    answers = [post("events/saas-trial/", {"company": "Fictional"}).json()["id"] for _ in range(2)]
    assert len(set(answers)) == 2


def test_keys_of_two_sources_do_not_meet(post: Post, limited: Callable[..., APIClient]) -> None:
    first = post("events/saas-trial/", TRIAL | {"id": "one"}).json()
    other = limited("events:write").post("/api/v1/events/saas-trial/", TRIAL | {"id": "one"}, format="json").json()
    assert (other["duplicate"], other["id"] != first["id"]) == (False, True)
