"""The page of an event: a sentence first, both payloads, what to do; replayed in three ways, by those who may."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact, FieldChange
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.processing import process_all
from iterable_admin.outbox.models import Delivery
from tests.admin.rows import make_delivery, make_event
from tests.admin.test_operations import ask
from tests.conftest import JsonClient
from tests.factories import ContactFactory, DeliveryFactory, EventFactory, SourceFactory

pytestmark = pytest.mark.django_db

EVENTS = "admin:inbox_event_changelist"
TRIAL = "/api/v1/events/saas-trial/"
BODY = {"email": "ada@example.com", "company": "Old", "companyNamespace": True, "latest_trial_start_date": "2026-11-20"}


def page_of(client: Client, event: Event) -> str:
    return " ".join(client.get(reverse("admin:inbox_event_change", args=[event.pk])).content.decode().split())


def stuck(api: JsonClient) -> Event:
    """A trial that came in and stands at needs you."""
    api.post(TRIAL, BODY)
    Event.objects.update(state=Event.State.NEEDS_YOU, reason_code="our_bug", reason="It broke.")
    return Event.objects.get()


def know_better(event: Event, company: str = "New") -> Contact:
    contact = ContactFactory.create(email=event.email, profile={"company": company})
    later = {"changed_at": timezone.now() + timedelta(minutes=1), "cause": "event", "cause_id": "another"}
    FieldChange.objects.create(contact=contact, field="company", old="Old", new=company, **later)
    return contact


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("received", "and not processed yet. A worker takes it next"),
        ("processing", "and being processed now."),
        ("waiting", "it could not be processed yet."),
        ("held", "and held."),
        ("done", "made no delivery."),
        ("skipped", "and skipped."),
        ("needs_you", "it needs the technical owner."),
        ("rejected", "and rejected: its body was not understood."),
    ],
)
def test_each_state_is_told_in_a_sentence(technical: Client, state: str, words: str) -> None:
    source = SourceFactory.create(name="CustomersDot")
    event = EventFactory.create(source=source, state=state, received_at=timezone.now() - timedelta(minutes=3))
    page = page_of(technical, event)
    assert "from CustomersDot <time" in page
    assert ">3 min ago</time>" in page
    assert words in page


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["delivered"], "made 1 delivery, accepted."),
        (["delivered", "settling"], "made 2 deliveries, both accepted."),
        (["delivered"] * 3, "made 3 deliveries, all accepted."),
        (["delivered", "needs_you"], "made 2 deliveries: 1 needs the technical owner, now, 1 accepted."),
    ],
)
def test_a_done_event_says_what_became_of_its_deliveries(technical: Client, states: list[str], words: str) -> None:
    event = EventFactory.create(state="done")
    for state in states:
        DeliveryFactory.create(state=state, cause_id=str(event.uuid))
    assert words in page_of(technical, event)


def test_a_duplicate_leads_to_the_original(technical: Client) -> None:
    original = EventFactory.create()
    page = page_of(technical, EventFactory.create(duplicate_of=original))
    assert f'It repeats <a href="{reverse("admin:inbox_event_change", args=[original.pk])}">event {original.pk}</a>' in page


def test_an_unknown_event_says_which_handler_is_missing_and_what_to_do(
    technical: Client, campaigns: Client, api: JsonClient
) -> None:
    api.post("/api/v1/events/", {"eventName": "Never heard of", "email": "ada@example.com"})
    process_all()
    page = page_of(technical, Event.objects.get())
    assert "No event type handles “Never heard of”" in page
    assert '<a href="/admin/intake/eventtype/add/?name=Never%20heard%20of">' in page
    assert technical.get("/admin/intake/eventtype/add/?name=Never%20heard%20of").status_code == 200
    assert "/admin/intake/eventtype/add/" not in page_of(campaigns, Event.objects.get())


def test_the_original_is_sent_again_by_the_curl_on_the_page(technical: Client, api: JsonClient) -> None:
    api.post(TRIAL, BODY | {"lastName": "O'Hara $HOME"})
    event = Event.objects.get()
    curl = technical.get(reverse("admin:inbox_event_change", args=[event.pk])).context["curl"]
    words = [word for word in shlex.split(curl) if word.strip()]
    assert words[:4] == ["curl", "-X", "POST", f"http://testserver{TRIAL}"]
    assert words[4:6] == ["-H", "Authorization: Bearer $TOKEN"]
    again = api.post(TRIAL, words[-1], content_type="application/json").json()
    assert again == {"id": str(event.uuid), "status": "received", "duplicate": True}


def test_no_secret_of_a_body_is_shown(technical: Client) -> None:
    event = EventFactory.create(path=TRIAL, raw_body='{"email": "a@example.com", "api_key": "0123456789abcdef"}')
    page = page_of(technical, event)
    assert "0123456789abcdef" not in page
    assert "a@example.com" in page


def test_a_replay_warns_of_newer_values_and_names_them(technical: Client, api: JsonClient) -> None:
    event = stuck(api)
    know_better(event)
    page = ask(technical, EVENTS, "replay", event.pk).content.decode()
    assert f"As received, event {event.pk} would overwrite newer values: company, told by event another." in page
    assert Event.objects.get().state == "needs_you"


def test_a_replay_warns_of_what_the_sync_wrote_since(technical: Client, api: JsonClient) -> None:
    event = stuck(api)
    later = timezone.now() + timedelta(minutes=1)
    newer = DeliveryFactory.create(
        email=event.email, cause="sync", state="delivered", accepted_at=later, payload={"dataFields": {"company": "Synced"}}
    )
    page = ask(technical, EVENTS, "replay", event.pk).content.decode()
    assert f"company, told by the sync, delivery {newer.pk}." in page


def test_nothing_is_warned_of_where_nothing_is_newer(technical: Client, api: JsonClient) -> None:
    event = stuck(api)
    know_better(event, "Old")
    assert "would overwrite" not in ask(technical, EVENTS, "replay", event.pk).content.decode()


@pytest.mark.parametrize(("choice", "company"), [("replay", "Old"), ("", "Old"), ("replay_latest", "New")])
def test_a_replay_takes_the_values_as_received_or_the_latest(
    technical: Client, api: JsonClient, choice: str, company: str
) -> None:
    event = stuck(api)
    contact = know_better(event)
    ask(technical, EVENTS, "replay", event.pk, reason="Mended", shown="1", choice=choice)
    process_all()
    contact.refresh_from_db()
    sent = Delivery.objects.get(operation="profile", cause_id=str(event.uuid))
    assert (contact.profile["company"], sent.payload["dataFields"]["company"]) == (company, company)
    assert Delivery.objects.get(operation="track").payload["dataFields"]["company"] == "Old"
    assert OperatorAction.objects.get().verb == (choice or "replay")


def test_an_event_is_skipped_with_the_reason_and_not_done_is_named(technical: Client) -> None:
    event, done = make_event(1), make_event(2, state="done")
    told = ask(technical, EVENTS, "replay", event.pk, done.pk, reason="Of a test", shown="1", choice="skip")
    event.refresh_from_db()
    assert (event.state, event.reason, event.ended_at is None) == ("skipped", "Skipped: Of a test", False)
    assert told.status_code == 302
    assert OperatorAction.objects.get().result == (
        "Skip: 1 of 2 events. A withdrawal is never skipped; what has ended or is under way is left alone."
    )


def test_a_withdrawal_is_never_skipped(technical: Client) -> None:
    event = make_event(1, withdrawal=True)
    asked = ask(technical, EVENTS, "replay", event.pk).content.decode()
    assert 'value="skip"' not in asked
    assert "Some of them are withdrawals, which are never skipped" in asked
    refused = ask(technical, EVENTS, "replay", event.pk, reason="Mine", shown="1", choice="skip").content.decode()
    assert "This cannot be chosen for these rows." in refused
    assert Event.objects.get().state == "needs_you"
    assert OperatorAction.objects.count() == 0


def test_what_is_being_processed_is_left_alone(technical: Client) -> None:
    event = make_event(1, state="processing")
    assert "Replay …" not in page_of(technical, event)
    page = ask(technical, EVENTS, "replay", event.pk, reason="Now", shown="1", choice="replay_latest").content.decode()
    assert "Nothing would be touched." in page
    assert Event.objects.get().state == "processing"


@pytest.mark.parametrize("choice", ["replay", "replay_latest", "skip"])
def test_no_way_of_it_is_open_to_others(campaigns: Client, business: Client, outsider: Client, choice: str) -> None:
    event = make_event(1)
    for client in (campaigns, business, outsider):
        ask(client, EVENTS, "replay", event.pk, reason="Mine", shown="1", choice=choice)
    assert Event.objects.values_list("state", "keep_known").get() == ("needs_you", False)
    assert OperatorAction.objects.count() == 0


def test_a_replayed_event_goes_through_the_gates_and_keeps_its_history(
    technical: Client, api: JsonClient, drain: Callable[[], None]
) -> None:
    event = stuck(api)
    earlier = make_delivery(1, state="skipped", cause_id=str(event.uuid))
    ask(technical, EVENTS, "replay", event.pk, reason="Mended", shown="1")
    process_all()
    assert Delivery.objects.filter(pk=earlier.pk, state="skipped").exists()
    assert set(Delivery.objects.exclude(pk=earlier.pk).values_list("operation", "state")) == {
        ("profile", "ready"),
        ("track", "ready"),
    }
