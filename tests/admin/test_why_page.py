"""The page that answers why, or why not."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import MessageType
from contacts.models import Contact
from iterable_admin.addresses import address_key
from iterable_admin.audit.models import OperatorAction
from journeys.definition.models import JourneyVersion
from journeys.models import Journey
from tests.conftest import People
from tests.consent.resolver.conftest import see
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
# Of a journey, and of a message type.
QUERIES = [24, 17]
GRAPH = {
    "start": {
        "entry": {"kind": "event", "event": "SaaS Trials"},
        "where": {"field": "country", "op": "is", "value": "Germany"},
    },
    "steps": [{"key": "welcome", "kind": "message", "name": "Welcome", "message_type": "Marketing Message"}],
    "edges": [{"from": "start", "outcome": "next", "to": "welcome"}],
}


@pytest.fixture
def ada(seeded: None) -> Contact:
    return ContactFactory.create(email=ADA, profile={"country": "France"})


def ask(client: Client, **told: str) -> str:
    answer = client.post(reverse("why"), told, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def about(name: str) -> str:
    return f"type:{MessageType.objects.get(name=name).pk}"


def journey() -> Journey:
    row: Journey = Journey.objects.create(name="Trials")
    JourneyVersion.objects.create(
        journey=row, number=1, graph=GRAPH, graph_hash="h", created_at=timezone.now(), changed_at=timezone.now()
    )
    return row


def test_each_test_is_shown_with_the_row_behind_it_and_the_look_is_recorded(campaigns: Client, ada: Contact) -> None:
    row = SubscriptionChangeFactory.create(address_key=ada.address_key)
    see(ada.address_key)
    page = ask(campaigns, email=ADA, about=about("Marketing Message"))
    assert "Iterable would send Marketing Message, and we should not" in page
    assert f'<a href="{reverse("admin:consent_subscriptionchange_change", args=[row.pk])}">ledger row</a>' in page
    assert "unsubscribed from Marketing Channel, which beats every type in it" in page
    look = OperatorAction.objects.get()
    assert (look.verb, look.subject) == ("view", f"why contact {ada.pk} gets Marketing Message")


def test_the_address_never_stands_in_the_pages_own_address(campaigns: Client, ada: Contact) -> None:
    answer = campaigns.post(reverse("why"), {"email": ADA, "about": about("Transactional"), "at": "2026-01-31"})
    kind = about("Transactional").replace(":", "%3A")
    assert answer["Location"] == f"{reverse('why')}?contact={ada.pk}&about={kind}&at=2026-01-31"
    assert "This is the past" in campaigns.get(answer["Location"]).content.decode()


def test_of_an_address_nobody_heard_of_it_is_said_plainly(campaigns: Client, seeded: None) -> None:
    page = ask(campaigns, email="Nobody@Example.com", about=about("GitLab Marketing"))
    assert "Nothing was ever heard of this address" in page
    assert OperatorAction.objects.get().subject == "why somebody unknown gets GitLab Marketing"


def test_a_journey_is_explained_from_its_entry_to_its_last_step(campaigns: Client, ada: Contact) -> None:
    EventFactory.create(email=ADA, received_at=timezone.now() - timedelta(days=1))
    page = ask(campaigns, email=ADA, about=f"journey:{journey().pk}")
    assert "This person does not enter Trials. Entry condition: Country is Germany: France." in page
    assert "Country is Germany (it is: France)" in page
    assert "This is what would happen if they did." in page
    assert "Welcome" in page


def test_a_step_leads_to_the_same_as_of_when_they_came_there_and_were_known(campaigns: Client, ada: Contact) -> None:
    """Whoever enters by their first event becomes a contact a moment after it."""
    came = timezone.now() - timedelta(days=1)
    Contact.objects.update(created_at=came + timedelta(seconds=2), profile={"country": "Germany"})
    EventFactory.create(email=ADA, received_at=came)
    page = ask(campaigns, email=ADA, about=f"journey:{journey().pk}")
    (link,) = set(re.findall(r'came there on <a href="([^"]+)"', page))
    then = campaigns.get(f"{reverse('why')}{unescape(link)}").content.decode()
    assert "This is the past" in then
    assert "This person could enter Trials: nothing keeps them out." in then


def test_a_journey_that_nobody_described_says_what_to_do(campaigns: Client, ada: Contact) -> None:
    bare = Journey.objects.create(name="Bare")
    assert "Bare is not described here yet" in ask(campaigns, email=ADA, about=f"journey:{bare.pk}")


def test_what_is_no_address_or_no_moment_is_told_and_nothing_is_recorded(campaigns: Client, ada: Contact) -> None:
    assert "This is not an email address." in ask(campaigns, email="ada", about=about("Transactional"))
    assert OperatorAction.objects.count() == 0
    assert "Not a moment." in ask(campaigns, email=ADA, about=about("Transactional"), at="soon")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("journey:99999", "There is no such journey. Choose one below."),
        ("type:99999", "There is no such message type. Choose one below."),
        ("campaign:1", "Only a message type or a journey can be asked about. Choose one below."),
    ],
)
def test_a_link_to_what_is_not_there_says_so_and_nothing_is_recorded(
    campaigns: Client, ada: Contact, asked: str, told: str
) -> None:
    for link in ({"about": asked}, {"about": asked, "contact": str(ada.pk)}):
        page = campaigns.get(reverse("why"), link).content.decode()
        assert f'<p class="warning-note">! {told}</p>' in page
        assert "Ask about one person" in page
    assert OperatorAction.objects.count() == 0


def test_a_link_without_a_person_or_without_a_subject_is_no_mistake(campaigns: Client, ada: Contact) -> None:
    for link in ({}, {"about": f"journey:{journey().pk}"}, {"contact": ada.pk}):
        assert "warning-note" not in campaigns.get(reverse("why"), link).content.decode()


def test_whoever_may_not_see_journeys_is_not_told_which_there_are(outsider: Client, people: People, seeded: None) -> None:
    people.outsider.user_permissions.add(Permission.objects.get(codename="view_contact"))
    pages = [outsider.get(reverse("why"), {"about": f"journey:{pk}"}).content.decode() for pk in (journey().pk, 99999)]
    assert ["! Journeys are not for your role." in page for page in pages] == [True, True]


def test_the_contact_and_the_journey_lead_to_it(campaigns: Client, ada: Contact) -> None:
    page = campaigns.get(reverse("admin:contacts_contact_change", args=[ada.pk])).content.decode()
    assert f'href="{reverse("why")}?contact={ada.pk}"' in page
    assert f"&amp;about={about('Marketing Message')}" in page
    row = journey()
    page = campaigns.get(reverse("admin:journeys_journey_change", args=[row.pk])).content.decode()
    assert f'href="{reverse("why")}?about=journey:{row.pk}"' in page


def test_an_explanation_costs_a_fixed_number_of_queries(campaigns: Client, ada: Contact) -> None:
    asked = (f"journey:{journey().pk}", about("GitLab Marketing"))
    counts: list[list[int]] = []
    for _ in range(2):
        EventFactory.create_batch(3, email=ADA)
        SubscriptionChangeFactory.create_batch(3, address_key=address_key(ADA))
        counts.append([queries_of(campaigns, f"{reverse('why')}?contact={ada.pk}&about={one}") for one in asked])
    assert counts == [QUERIES, QUERIES]


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
