"""The meanings that people argue about, settled: one namespace, none at all, not, not known, and now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts.conditions.facts import Facts
from contacts.conditions.reading import read
from contacts.conditions.sql import count
from contacts.conditions.tracing import trace
from tests.conditions.people import NOW
from tests.factories import ContactFactory, EventFactory, MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

TRIAL = {"field": "GITLAB_PLAN_TITLE", "op": "is", "value": "Ultimate Trial"}
TEN = {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}


def holds(told: Any, *namespaces: dict[str, Any], **profile: Any) -> bool:
    """By both ways."""
    contact = ContactFactory.create(profile=profile)
    for information in namespaces:
        MembershipFactory.create(contact=contact, information=information)
    found = trace(read(told), Facts.of(contact), NOW).holds
    assert count(read(told), NOW) == int(found)
    return found


def test_one_namespace_has_to_satisfy_it_all() -> None:
    both = {"namespaces": "some", "where": {"all": [TRIAL, TEN]}}
    apart = ({"GITLAB_PLAN_TITLE": "Ultimate Trial"}, {"GITLAB_PLAN_TITLE": "Free", "CURRENT_MEMBER_COUNT": 12})
    assert not holds(both, *apart)
    assert trace(read(both), Facts({}, {}, apart), NOW).nearest == 0


@pytest.mark.parametrize(("quantifier", "of_nobody"), [("some", False), ("all", False), ("none", True)])
def test_of_no_namespace_none_is_true_and_all_is_not(quantifier: str, *, of_nobody: bool) -> None:
    assert holds({"namespaces": quantifier, "where": TRIAL}) is of_nobody


@pytest.mark.parametrize(
    ("told", "of_the_unknown"),
    [
        ({"field": "country", "op": "is_not", "value": "Germany"}, False),
        ({"field": "country", "op": "is_not_or_unknown", "value": "Germany"}, True),
        ({"not": {"field": "country", "op": "is", "value": "Germany"}}, True),
        ({"field": "country", "op": "unknown"}, True),
    ],
)
def test_whoever_has_no_value_is_told_apart_from_whoever_has_another(told: Any, *, of_the_unknown: bool) -> None:
    assert holds(told, country="") is of_the_unknown


def test_a_value_of_another_type_is_not_known() -> None:
    assert holds({"field": "companyNamespace", "op": "unknown"}, companyNamespace="true")


def test_texts_are_compared_as_they_stand() -> None:
    assert not holds({"field": "country", "op": "is", "value": "germany"}, country="Germany")


def test_now_is_the_moment_that_is_given_and_no_clock() -> None:
    contact = ContactFactory.create()
    EventFactory.create(email=contact.email, state="done", received_at=NOW - timedelta(days=30))
    lately = read({"performed": "SaaS Trials", "within_days": 30})
    assert (count(lately, NOW), count(lately, NOW + timedelta(seconds=1)), count(lately, NOW - timedelta(days=31))) == (1, 0, 0)


def test_a_trace_says_what_was_found_and_how_many_fit() -> None:
    contact = ContactFactory.create(profile={"country": "France"})
    MembershipFactory.create(contact=contact, information={"GITLAB_PLAN_TITLE": "Free"})
    told = {"all": [{"field": "country", "op": "is", "value": "Germany"}, {"namespaces": "some", "where": TRIAL}]}
    country, namespaces = trace(read(told), Facts.of(contact), NOW).of
    assert (country.holds, country.got) == (False, "France")
    assert (namespaces.holds, namespaces.got, namespaces.of[0].got) == (False, 0, "Free")
