"""Forgetting a person and exporting all about one, from the admin."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.erasing.forgetting import forget
from contacts.consent.models import Erasure, ForgottenElsewhere
from contacts.models import Contact
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.models import Delivery
from tests.factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
ERASURES = "admin:consent_erasure_changelist"


def forget_url(contact: Contact) -> str:
    return reverse("admin:consent_erasure_forget_contact", args=[contact.pk])


def test_the_page_shows_what_would_go_and_touches_nothing(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    EventFactory.create_batch(3, email=ADA)
    page = technical.get(forget_url(contact)).content.decode()
    assert "Forget a…@e….com" in page
    assert "3 events" in page
    assert (Erasure.objects.count(), Contact.objects.count()) == (0, 1)


def test_a_contact_is_forgotten_with_a_reason_and_on_record(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    technical.post(forget_url(contact), {"reason": f"Letter of {ADA}"})
    assert (Contact.objects.count(), Delivery.objects.get().operation) == (0, "forget")
    erasure, action = Erasure.objects.get(), OperatorAction.objects.get()
    assert (erasure.requested_by, erasure.reason) == ("technical_owner", "Letter of a…@e….com")
    assert (action.verb, action.subject, action.reason) == ("forget", f"person {erasure.address_key[:8]}", "Letter of a…@e….com")


def test_somebody_who_is_no_contact_is_forgotten_by_address(technical: Client) -> None:
    page = reverse("admin:consent_erasure_forget")
    technical.post(page, {"email": " Ada@Example.com ", "reason": "Letter"})
    assert Delivery.objects.get().email == ADA
    assert b"not an email address" in technical.post(page, {"email": "ada", "reason": "Letter"}).content


def test_without_a_reason_nothing_happens(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    assert b"This field is required." in technical.post(forget_url(contact), {"reason": " "}).content
    assert (Erasure.objects.count(), OperatorAction.objects.count()) == (0, 0)


def test_those_without_the_permission_do_neither(campaigns: Client, business: Client, outsider: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    export = reverse("admin:contacts_contact_export", args=[contact.pk])
    for client in (campaigns, business, outsider):
        assert client.post(forget_url(contact), {"reason": "Mine"}).status_code == 403
        assert client.post(reverse("admin:consent_erasure_forget"), {"email": ADA, "reason": "Mine"}).status_code == 403
        assert client.post(export, {"reason": "Mine"}).status_code == 403
    page = campaigns.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
    assert ("Forget this person" in page, "Export all about" in page) == (False, False)
    assert (Erasure.objects.count(), Contact.objects.count(), OperatorAction.objects.count()) == (0, 1, 0)


def test_a_contacts_page_leads_to_both(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    page = technical.get(reverse("admin:contacts_contact_change", args=[contact.pk])).content.decode()
    assert forget_url(contact) in page
    assert reverse("admin:contacts_contact_export", args=[contact.pk]) in page


def test_an_overdue_erasure_is_on_the_dashboard_and_sent_again_by_a_button(technical: Client) -> None:
    erasure = forget(ADA, "Letter", "somebody")
    Erasure.objects.update(requested_at=timezone.now() - timedelta(days=2))
    Delivery.objects.update(state="needs_you", reason_code="permanent")
    assert "1 erasure</a>" in technical.get("/admin/").content.decode()
    posted = {"action": "send_again", "index": "0", "_selected_action": [str(erasure.pk)], "reason": "Mended", "shown": "1"}
    technical.post(reverse(ERASURES), posted)
    assert (Delivery.objects.get().state, OperatorAction.objects.get().verb) == ("ready", "send_again")


def test_a_contact_forgotten_in_iterable_alone_is_forgotten_here_by_a_button(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA)
    now = timezone.now()
    row = ForgottenElsewhere.objects.create(
        kind="email", iterable_hash="a" * 64, address_key=contact.address_key, first_seen_at=now
    )
    assert "1 contact</a>" in technical.get("/admin/").content.decode()
    posted = {"action": "forget_here", "index": "0", "_selected_action": [str(row.pk)], "reason": "Decided", "shown": "1"}
    technical.post(reverse("admin:consent_forgottenelsewhere_changelist"), posted)
    assert (Contact.objects.count(), Erasure.objects.count(), ForgottenElsewhere.objects.count()) == (0, 1, 0)
    assert OperatorAction.objects.get().result.startswith("Forget here too: 1 of 1")


def test_an_export_is_one_download_and_on_record(technical: Client) -> None:
    contact = ContactFactory.create(email=ADA, profile={"firstName": "Ada"})
    EventFactory.create(email=ADA, payload={"data_fields": {"company": "Babbage & <Co>"}})
    answer = technical.post(reverse("admin:contacts_contact_export", args=[contact.pk]), {"reason": "Asked by letter"})
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="person-{contact.address_key[:8]}-')
    with ZipFile(io.BytesIO(answer.content)) as packed:
        told, page = json.loads(packed.read("person.json")), packed.read("index.html").decode()
    assert (told["address"], told["contact"]["profile"], len(told["events"])) == (ADA, {"firstName": "Ada"}, 1)
    assert "Babbage &amp; &lt;Co&gt;" in page
    assert "Iterable could not be asked" in page
    action = OperatorAction.objects.get()
    assert (action.verb, action.subject, action.reason) == ("export", f"person {contact.address_key[:8]}", "Asked by letter")
