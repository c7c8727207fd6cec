from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.consent.learning import learn_ids
from contacts.consent.models import ObservedProfile
from contacts.models import Contact
from iterable_admin.audit.models import OperatorAction
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.outbox.connection import connect
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)
ANN = "ann@example.com"


@pytest.fixture
def ann(sandbox: RunningSandbox, seeded: None) -> Contact:
    """Whom Iterable has under another company, and out of the Marketing Channel."""
    learn_ids()
    client = connect()
    client.users.update(ProfileUpdate({"firstName": "Ann", "company": "Another"}, email=ANN))
    client.subscriptions.unsubscribe("messageChannel", catalog.MARKETING_CHANNEL, ANN)
    return ContactFactory.create(email=ANN, profile={"firstName": "Ann", "company": "Fictional"})


def compare(client: Client, contact: Contact) -> Any:
    return client.post(reverse("contact_in_iterable", args=[contact.pk]))


def test_a_contact_is_compared_with_what_iterable_says_now(technical: Client, ann: Contact) -> None:
    page = compare(technical, ann).content.decode()
    assert f"Marketing Channel ({catalog.MARKETING_CHANNEL})" in page
    assert "<td>company</td><td>Another</td><td>Fictional</td>" in page
    assert "firstName" not in page
    seen = ObservedProfile.objects.get(address_key=ann.address_key)
    assert (seen.source, seen.unsubscribed_channel_ids) == ("look_up", [catalog.MARKETING_CHANNEL])
    assert "✓ the same" in compare(technical, ann).content.decode()


def test_the_look_is_recorded_with_the_name_of_who_looked(technical: Client, ann: Contact) -> None:
    compare(technical, ann)
    done = OperatorAction.objects.get()
    assert (done.actor_name, done.verb, done.selection) == ("technical_owner", "view", {"contact": ann.pk})
    assert ANN not in f"{done.subject} {done.reason} {done.result}"


def test_somebody_who_is_not_there_is_said_to_be_absent(technical: Client, ann: Contact) -> None:
    other = ContactFactory.create(email="bob@example.com")
    assert "Iterable does not have this person" in compare(technical, other).content.decode()
    assert ObservedProfile.objects.get(address_key=other.address_key).present is False


def test_the_button_stands_on_the_page_of_whoever_may(technical: Client, campaigns: Client, ann: Contact) -> None:
    page = reverse("admin:contacts_contact_change", args=[ann.pk])
    assert "Compare with Iterable" in technical.get(page).content.decode()
    assert "Compare with Iterable" in campaigns.get(page).content.decode()
    assert "<td>company</td><td>Another</td><td>Fictional</td>" in compare(campaigns, ann).content.decode()


def test_nobody_else_looks(technical: Client, outsider: Client, ann: Contact) -> None:
    assert compare(outsider, ann).status_code == 403
    assert technical.get(reverse("contact_in_iterable", args=[ann.pk])).status_code == 405
    assert not ObservedProfile.objects.exists()
    assert not OperatorAction.objects.exists()


def test_what_goes_wrong_is_told_on_the_contact(technical: Client, ann: Contact, settings: Any) -> None:
    settings.ITERABLE_API_KEY = ""
    answer = compare(technical, ann)
    assert answer.status_code == 302
    assert "ITERABLE_API_KEY is not set" in technical.get(answer["Location"]).content.decode()
