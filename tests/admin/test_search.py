"""The search box of the header: one hit goes straight to its page, and nobody finds what they may not see."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Namespace
from iterable_admin.audit.models import OperatorAction
from journeys.models import Campaign, Journey, Template
from tests.admin.rows import make_delivery, make_event
from tests.factories import ContactFactory, SyncRunFactory

pytestmark = pytest.mark.django_db

URL = "/admin/search/"
LINK = "https://app.iterable.com"


def landed(client: Client, term: str) -> str:
    """The path that the term leads to, or the search page's own words."""
    response = client.post(URL, {"q": term})
    if response.status_code == 302:
        return str(response.headers["Location"])
    assert response.status_code == 200
    return (
        " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode().split("<h1>")[1])).split())
        .replace(" .", ".")
        .replace(" ,", ",")
    )


def of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize(
    "term", ["ada@example.com", " Ada@Example.com ", "ada@exam", "ada", f"{LINK}/users/profiles/ada%40example.com"]
)
def test_a_person_is_found_by_an_address_or_its_beginning(campaigns: Client, term: str) -> None:
    contact = ContactFactory.create(email="ada@example.com")
    ContactFactory.create(email="grace@example.com")
    assert landed(campaigns, term) == of(contact)


@pytest.mark.parametrize(
    "term", ["20031892", "user id 20031892", f"{LINK}/users/profiles/20031892", f"{LINK}/users?userId=20031892"]
)
def test_a_person_is_found_by_the_user_id(campaigns: Client, term: str) -> None:
    contact = ContactFactory.create(gitlab_user_id=20031892)
    assert landed(campaigns, term) == of(contact)


def test_a_forgotten_person_is_found_by_the_address_that_somebody_else_still_knows(technical: Client) -> None:
    contact = ContactFactory.create(email="ada@example.com")
    type(contact).objects.update(email="")
    assert landed(technical, "ada@example.com") == of(contact)


def test_ids_lead_to_namespaces_events_deliveries_and_runs(technical: Client) -> None:
    namespace = Namespace.objects.create(namespace_id=60098930)
    event, delivery, run = make_event(1), make_delivery(1), SyncRunFactory.create(pk=4711)
    assert landed(technical, "60098930") == of(namespace)
    assert landed(technical, str(event.uuid)) == of(event)
    assert landed(technical, f"event {event.pk}") == of(event)
    assert landed(technical, f"Delivery #{delivery.pk}") == of(delivery)
    assert landed(technical, "4711") == of(run)


@pytest.mark.parametrize("path", ["/workflows/77", "/workflows/77/edit?x=1", "/journeys/77"])
def test_a_link_to_a_journey_leads_to_it(campaigns: Client, path: str) -> None:
    journey = Journey.objects.create(name="Trial", workflow_id=77)
    assert landed(campaigns, LINK + path) == of(journey)


def test_links_to_campaigns_templates_and_folders_lead_there(campaigns: Client) -> None:
    campaign = Campaign.objects.create(name="Hello", iterable_id=12)
    template = Template.objects.create(name="Hello", iterable_id=13)
    folder = Journey.objects.create(name="A folder", folder_id=14)
    assert landed(campaigns, f"{LINK}/campaigns/manage/12") == of(campaign)
    assert landed(campaigns, f"{LINK}/templates/editor?templateId=13") == of(template)
    assert landed(campaigns, f"{LINK}/workflows?folderId=14") == of(folder)


def test_a_journey_is_found_by_the_beginning_of_its_name(campaigns: Client) -> None:
    journey = Journey.objects.create(name="Quarterly digest")
    assert landed(campaigns, "quarterly") == of(journey)


def test_a_number_that_means_several_things_is_told_with_a_link_to_each(technical: Client) -> None:
    event, namespace = make_event(1), Namespace.objects.create(namespace_id=1)
    type(event).objects.filter(pk=event.pk).update(id=1)
    told = landed(technical, "1")
    page = technical.post(URL, {"q": "1"}).content.decode()
    assert "pages fit 1." in told
    assert of(namespace) in page
    assert reverse("admin:inbox_event_change", args=[1]) in page


def test_what_fits_nothing_says_what_was_looked_for(technical: Client) -> None:
    assert "Nothing that you may see fits nobody@example.com." in landed(technical, "nobody@example.com")
    assert "Nothing that you may see fits 999." in landed(technical, "999")
    assert "Nothing that you may see fits " + "9" * 40 in landed(technical, "9" * 40)


def test_an_address_of_no_contact_leads_to_what_came_in_under_it(technical: Client) -> None:
    make_event(1)
    told = landed(technical, "person-1@example.com")
    assert "Nobody is known under person-1@example.com, but the address occurs in events." in told


@pytest.mark.parametrize(
    "url", ["https://example.com/workflows/7", "http://app.iterable.com/workflows/7", "https://app.iterable.com/home"]
)
def test_a_link_that_leads_elsewhere_is_answered_with_the_mend(technical: Client, url: str) -> None:
    Journey.objects.create(name="Trial", workflow_id=7)
    told = landed(technical, url)
    assert "This is no link into Iterable" in told or "This link names no journey" in told


def test_nobody_finds_what_they_may_not_see(campaigns: Client, outsider: Client) -> None:
    delivery = make_delivery(1)
    assert "Nothing that you may see fits" in landed(campaigns, f"delivery {delivery.pk}")
    assert "deliveries" not in landed(campaigns, "person-1@example.com").split("What can be looked for")[0]
    assert outsider.post(URL, {"q": "x"}).status_code == 403
    assert Client().post(URL, {"q": "x"}).headers["Location"].startswith("/admin/login/")


def test_more_than_ten_of_a_kind_are_told_with_the_way_to_all_of_them(campaigns: Client) -> None:
    Journey.objects.bulk_create([Journey(name=f"Trial {number:02}", workflow_id=number) for number in range(11)])
    ContactFactory.create(email="trial@example.com")
    told = landed(campaigns, "trial")
    assert "More than 10 journeys fit trial : below stand the first, all of them in the list." in told
    assert "Trial 09" in told
    listed = campaigns.get(reverse("admin:journeys_journey_changelist"), {"q": "trial"}).content.decode()
    assert "11 journeys" in listed
    Journey.objects.get(name="Trial 10").delete()
    assert "11 pages fit trial ." in landed(campaigns, "trial").replace("trial.", "trial .")


def test_a_term_never_stands_in_an_address(technical: Client) -> None:
    ContactFactory.create(email="ada@example.com")
    source = technical.get("/admin/").content.decode()
    assert '<form class="find" method="post" action="/admin/search/"' in source
    assert "ada@example.com" not in landed(technical, "ada@example.com")
    assert technical.get(URL + "?q=ada@example.com").status_code == 200


@pytest.mark.parametrize(
    "term", ["", "   ", "%", "'; --", "\\", "x" * 1001, "://", "https://[", "@", "@@", "a\x00b", "journey 7", "٣"]
)
def test_any_term_is_answered(technical: Client, term: str) -> None:
    assert technical.post(URL, {"q": term}).status_code == 200


def test_searching_changes_nothing_and_needs_the_forms_token(technical: Client, people: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.technical_owner)
    assert strict.post(URL, {"q": "x"}).status_code == 403
    landed(technical, "ada")
    assert OperatorAction.objects.count() == 0


@pytest.mark.parametrize(
    ("term", "budget"), [("ada@example.com", 9), ("12345", 16), ("3f0c4d3e-5b0a-4f0e-9f50-7a2f6a1f2c11", 6), ("tri", 10)]
)
def test_a_search_costs_a_fixed_number_of_queries(technical: Client, term: str, budget: int) -> None:
    with CaptureQueriesContext(connection) as queries:
        technical.post(URL, {"q": term})
    assert len(queries) == budget
