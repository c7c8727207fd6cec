"""Saved audiences in the admin: in words, counted, compared, and their people for those who may see them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.conditions.audiences.building import digest
from contacts.conditions.audiences.counting import count_audience
from contacts.conditions.models import AudienceCount, SavedAudience
from contacts.models import Contact, FieldChange
from iterable_admin.audit.models import OperatorAction
from tests.conftest import signed_in
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
GERMANY = {"field": "country", "op": "is", "value": "Germany"}
NOW = timezone.now()


def text(client: Client, page: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(f"admin:conditions_savedaudience_{page}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def add(client: Client, condition: Any) -> str:
    told = {"name": "Germans", "condition": condition, "active": "on", "reason": "For the launch"}
    return client.post(reverse("admin:conditions_savedaudience_add"), told, follow=True).content.decode()


def moved() -> tuple[SavedAudience, Contact]:
    """Somebody came in since yesterday's count."""
    audience = SavedAudience.objects.create(name="Germans", condition=GERMANY)
    Contact.objects.create(address_key="b" * 64, email="ben@example.com", profile={"country": "Germany"})
    contact: Contact = ContactFactory.create(email="ada@example.com", profile={"country": "France"})
    Contact.objects.update(created_at=NOW - timedelta(days=9))
    count_audience(audience, NOW - timedelta(days=1))
    Contact.objects.filter(pk=contact.pk).update(profile={"country": "Germany"})
    told = {"field": "country", "old": "France", "new": "Germany", "cause": "event", "cause_id": "1"}
    FieldChange.objects.create(contact=contact, **told, changed_at=NOW - timedelta(hours=1))
    count_audience(audience, NOW)
    return audience, contact


def days() -> dict[str, str]:
    second, first = AudienceCount.objects.values_list("day", flat=True)
    return {"first": str(first), "second": str(second)}


def test_its_condition_is_built_part_by_part_and_never_over_somebody_elses(campaigns: Client, seeded: None) -> None:
    ContactFactory.create(profile={"country": "Germany"})
    row = SavedAudience.objects.create(name="Germans", condition=GERMANY)
    assert "Build its condition …" in text(campaigns, "change", row.pk)
    page, seen = reverse("admin:conditions_savedaudience_build", args=[row.pk]), digest(row)
    told = {"seen": seen, "act": "save", "into": "whole", "kind": "field", "field": "state", "op": "unknown"}
    assert "Added: State is not known." in campaigns.post(page, told, follow=True).content.decode()
    row.refresh_from_db()
    assert row.condition == {"all": [GERMANY, {"field": "state", "op": "unknown"}]}
    assert (done := OperatorAction.objects.get()).selection == {"ids": [str(row.pk)], "fields": ["condition"]}
    assert (done.verb, done.subject, done.result) == ("change", "saved audience Germans", "Added: State is not known.")
    counts = json.loads(text(campaigns, "counts", row.pk))
    assert counts == {"people": "1", "counts": {"whole": "1 person", "0": "1 person", "1": "1 person"}, "next": None}
    assert "Somebody changed Germans meanwhile" in campaigns.post(page, told, follow=True).content.decode()
    assert OperatorAction.objects.count() == 1


def test_it_is_kept_with_its_owner_and_told_in_words(campaigns: Client, seeded: None) -> None:
    ContactFactory.create(profile={"country": "Germany"})
    add(campaigns, json.dumps(GERMANY))
    row = SavedAudience.objects.get()
    assert (row.condition, str(row.owner)) == (GERMANY, "campaigns_owner")
    page = text(campaigns, "change", row.pk)
    assert "<strong>1</strong> person is in it now: Country is Germany." in page
    assert "the first count is taken in the coming night" in page
    assert "A value that is missing is neither equal to anything" in page
    action = OperatorAction.objects.get()
    assert (action.verb, action.subject, action.reason) == ("add", "saved audience Germans", "For the launch")


@pytest.mark.parametrize(
    ("condition", "mend"),
    [
        ('{"field": "contry", "op": "known"}', "field: &#x27;contry&#x27; is no field: did you mean country?"),
        ('{"all": [{"may_receive": "Newsletter"}]}', "There is no message type named Newsletter."),
        ("{", "Enter a valid JSON."),
    ],
)
def test_what_is_wrong_with_a_condition_is_told_with_its_place_and_the_mend(
    campaigns: Client, seeded: None, condition: str, mend: str
) -> None:
    assert mend in add(campaigns, condition)
    assert (SavedAudience.objects.count(), OperatorAction.objects.count()) == (0, 0)


def test_the_list_shows_the_latest_count_and_the_trend(campaigns: Client) -> None:
    audience, _ = moved()
    AudienceCount.objects.filter(people=1).update(day=(NOW - timedelta(days=8)).date())
    page = text(campaigns, "changelist")
    assert audience.name in page
    assert "▲ +1" in page


def test_two_days_are_laid_side_by_side_and_lead_to_the_people(campaigns: Client) -> None:
    audience, contact = moved()
    page = text(campaigns, "difference", audience.pk, **days())
    assert "1 came, 0 left" in page
    assert "a field changed" in page
    people = text(campaigns, "people", audience.pk, way="entered", row="0", **days())
    assert f'href="{reverse("admin:contacts_contact_change", args=[contact.pk])}"' in people
    assert "ben@example.com" not in people
    look = OperatorAction.objects.get()
    assert (look.verb, look.subject, look.count) == ("view people", "saved audience Germans", 1)
    assert "ben@example.com" in text(campaigns, "people", audience.pk)


def test_days_that_were_not_counted_and_numbers_that_do_not_exist_are_refused(campaigns: Client) -> None:
    audience, _ = moved()
    asked = {**days(), "first": "2020-01-01"}
    assert "Choose two days that were counted" in text(campaigns, "difference", audience.pk, **asked)
    url = reverse("admin:conditions_savedaudience_people", args=[audience.pk])
    for query in (
        {**days(), "way": "entered", "row": "7"},
        {**days(), "way": "up", "row": "0"},
        {**asked, "way": "left", "row": "0"},
    ):
        assert campaigns.get(url, query).status_code == 404
    assert OperatorAction.objects.count() == 0


def test_numbers_may_be_seen_without_the_people(people: Any) -> None:
    people.outsider.user_permissions.add(Permission.objects.get(codename="view_savedaudience"))
    client, (audience, _) = signed_in(people.outsider), moved()
    assert "/people/" not in text(client, "difference", audience.pk, **days())
    assert client.get(reverse("admin:conditions_savedaudience_people", args=[audience.pk])).status_code == 403


def test_one_whose_field_is_gone_says_so(campaigns: Client) -> None:
    row = SavedAudience.objects.create(name="Old", condition={"field": "shoeSize", "op": "known"})
    assert "It cannot be counted: field: &#x27;shoeSize&#x27; is no field" in text(campaigns, "change", row.pk)
