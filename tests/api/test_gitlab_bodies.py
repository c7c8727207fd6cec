from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iterable_admin.inbox.models import Event

Post = Callable[..., Any]
REGISTRATION = {
    "provider": "gitlab",
    "work_email": "Ada@Example.com",
    "uid": 4711,
    "comment": None,
    "jtbd": "ci",
    "product_interaction": "Personal SaaS Registration",
    "opt_in": "false",
    "preferred_language": "English",
    "setup_for_company": False,
    "role": "software_developer",
}
SEAT = {
    "first_name": "Ada",
    "last_name": "",
    "work_email": "ada@example.com",
    "namespace_id": "123456",
    "product_interaction": "duo_pro_add_on_seat_assigned",
    "opt_in": None,
}
LEAD = {
    "first_name": "John",
    "last_name": "Doe",
    "company_name": "Fictional Company",
    "company_size": "500 - 1,999",
    "country": "US",
    "state": "OR",
    "work_email": "john.doe@example.com",
    "uid": 4712,
    "setup_for_company": True,
    "skip_email_confirmation": True,
    "gitlab_com_trial": True,
    "provider": "gitlab",
    "product_interaction": "SaaS Trial",
    "opt_in": True,
    "role": "product_designer",
    "jtbd": "exploring",
}
LEAD_FIELDS = {
    "firstName": "John",
    "lastName": "Doe",
    "company": "Fictional Company",
    "employeeBucket": "500-1,999",
    "country": "United States",
    "state": "OR",
    "companyNamespace": True,
    "userRole": "product_designer",
    "signupReason": "I want to explore GitLab",
    "skip_email_confirmation": True,
    "gitlab_com_trial": True,
    "provider": "gitlab",
}


def sent(post: Post, body: Any) -> Event:
    assert post("events/gitlab/", body).status_code == 202
    return Event.objects.get()


def test_a_personal_registration_is_a_free_registration(post: Post) -> None:
    event = sent(post, REGISTRATION)
    assert (event.name, event.payload["event_name"]) == ("SaaS Free Registration", "Personal SaaS Registration")
    assert (event.email, event.user_id, event.payload["gitlab_user_id"]) == ("ada@example.com", "4711", 4711)
    assert event.payload["opt_in"] is False
    assert event.payload["data_fields"] == {
        "companyNamespace": False,
        "userRole": "software_developer",
        "signupReason": "I want to use GitLab CI",
        "preferred_language": "English",
        "provider": "gitlab",
    }


def test_a_seat_without_an_event_type_is_accepted(post: Post) -> None:
    event = sent(post, SEAT)
    assert (event.name, event.payload["event_type"]) == ("duo_pro_add_on_seat_assigned", "")
    assert event.payload["data_fields"] == {"firstName": "Ada", "namespace_id": 123456}


@pytest.mark.parametrize("wrap", [lambda lead: lead, lambda lead: {"trial_user": lead}])
def test_a_lead_is_a_trial_with_or_without_its_wrapper(post: Post, wrap: Callable[[Any], Any]) -> None:
    event = sent(post, wrap(LEAD))
    assert (event.name, event.email, event.payload["opt_in"]) == ("SaaS Trials", "john.doe@example.com", True)
    assert event.payload["data_fields"] == LEAD_FIELDS


def test_what_stands_beside_the_wrapper_is_kept(post: Post) -> None:
    event = sent(post, {"trial_user": LEAD, "with_add_on": True, "add_on_name": "duo_enterprise"})
    assert event.payload["data_fields"] == LEAD_FIELDS | {"with_add_on": True, "add_on_name": "duo_enterprise"}


@pytest.mark.parametrize(
    ("interaction", "name"),
    [
        ("SaaS Trial", "SaaS Trials"),
        ("saas trial", "SaaS Trials"),
        ("SaaS Trial - defaulted", "SaaS Trials"),
        ("Experiment - SaaS Trial", "SaaS Trials"),
        ("SaaS Registration", "SaaS Free Registration"),
        ("Personal SaaS Registration", "SaaS Free Registration"),
        ("Invited User", "Invited User"),
    ],
)
def test_product_interaction_is_mapped_by_alias(post: Post, interaction: str, name: str) -> None:
    assert sent(post, LEAD | {"product_interaction": interaction}).name == name


def test_trial_dates_are_taken_where_they_come(post: Post) -> None:
    event = sent(post, LEAD | {"trial_start_date": "2023-06-11 00:00:00.000"})
    assert event.payload["data_fields"]["latest_trial_start_date"] == "2023-06-11"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (LEAD | {"product_interaction": None}, "product_interaction"),
        ({"product_interaction": "SaaS Trial"}, "work_email"),
        (LEAD | {"setup_for_company": "perhaps"}, "setup_for_company"),
        (LEAD | {"work_email": "nonsense"}, "work_email"),
        (LEAD | {"first_name": {}}, "first_name"),
        (LEAD | {"uid": []}, "uid"),
    ],
)
def test_an_error_names_the_field_as_gitlab_does(post: Post, body: Any, field: str) -> None:
    answer = post("events/gitlab/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
