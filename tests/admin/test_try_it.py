"""A payload is tried: understood and decided on as always, and nothing of it stored or sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from contacts.intake.models import EventType
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event, Source
from tests.conftest import JsonClient
from tests.factories import DeliveryFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

TRIAL = {
    "email": "Ada@Example.com",
    "company": "Fictional",
    "companyNamespace": "true",
    "country": "US",
    "latest_trial_start_date": "2026-11-20",
}
TRACK = {"eventName": "SaaS Trials", "email": "ada@example.com", "dataFields": {"company": "Fictional", "companyNamespace": True}}
LEAD = {"work_email": "ada@example.com", "product_interaction": "SaaS Trial", "setup_for_company": True}
WEBHOOK = {"eventName": "emailUnSubscribe", "email": "ada@example.com", "dataFields": {"channelIds": [1]}}


def attempt(client: Client, body: Any, kind: str = "type:saas-trial", source: Source | None = None) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(reverse("try_it"), {"kind": kind, "body": text, "source": source.pk if source else ""})


def everything() -> dict[str, list[Any]]:
    """Each row of each table, but for the sessions and plumbing that no page of ours writes."""
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}


@pytest.fixture
def typed(seeded: None) -> str:
    return f"type:{EventType.objects.get(name='SaaS Trials').slug}"


def test_fields_are_shown_typed_and_normalised_with_what_is_odd(technical: Client, typed: str) -> None:
    outcome = attempt(technical, TRIAL, typed).context["outcome"]
    assert outcome.state == "done"
    assert ("email", "ada@example.com", "") in outcome.fields
    assert ("companyNamespace", True, "") in outcome.fields
    assert ("country", "United States", "") in outcome.fields


def test_the_deliveries_are_those_that_would_be_made(technical: Client, typed: str, settings: Any) -> None:
    settings.SENDING_ALLOW_LIST = ["*"]
    response = attempt(technical, TRIAL, typed)
    steps = response.context["outcome"].steps
    assert [(step.delivery.operation, step.end) for step in steps] == [("profile", None), ("track", None)]
    assert "would be sent" in response.content.decode()


def test_what_may_not_leave_says_why(technical: Client, typed: str, settings: Any) -> None:
    settings.SENDING_ALLOW_LIST = []
    assert "Not on SENDING_ALLOW_LIST" in attempt(technical, TRIAL, typed).content.decode()


def test_somebody_who_withdrew_is_opted_out_first(technical: Client, typed: str) -> None:
    SubscriptionChangeFactory.create(address_key=address_key("ada@example.com"))
    steps = attempt(technical, TRIAL, typed).context["outcome"].steps
    assert steps[0].delivery.operation == "unsubscribe"
    assert steps[0].end.reason.startswith("The id of ")


def test_what_is_wrong_is_told_by_field(technical: Client, typed: str) -> None:
    response = attempt(technical, TRIAL | {"email": "ada at example.com"}, typed)
    assert "It would be refused with 422" in response.content.decode()
    assert {name: error for name, _, error in response.context["outcome"].fields}["email"].startswith("is not an email")
    assert response.context["outcome"].steps == []


@pytest.mark.parametrize("body", ["{", "[]", "text", '"', "{}", '{"email": {"a": 1}}', '{"email": "\\u0000"}', "=", "null"])
@pytest.mark.parametrize("kind", ["typed", "gitlab", "track", "marketo", "iterable"])
def test_no_body_breaks_the_page(technical: Client, typed: str, kind: str, body: str) -> None:
    assert attempt(technical, body, typed if kind == "typed" else kind).status_code == 200
    assert not Event.objects.exists()


@pytest.mark.parametrize(("kind", "body"), [("gitlab", LEAD), ("track", TRACK), ("iterable", WEBHOOK)])
def test_each_kind_is_read_by_its_own_door(technical: Client, seeded: None, kind: str, body: Any) -> None:
    outcome = attempt(technical, body, kind).context["outcome"]
    assert (outcome.incoming.email, outcome.incoming.errors) == ("ada@example.com", {})
    assert outcome.state in ("done", "skipped")


@pytest.mark.parametrize("body", ['{"email": "ada@example.com"}', "email=ada%40example.com"])
def test_an_unsubscribe_is_a_withdrawal_as_json_and_as_a_form(technical: Client, seeded: None, body: str) -> None:
    outcome = attempt(technical, body, "marketo").context["outcome"]
    assert (outcome.incoming.withdrawal, outcome.incoming.errors) == (True, {})


def test_a_repeat_of_the_same_source_leads_to_the_first(technical: Client, typed: str, api: JsonClient, source: Source) -> None:
    api.post("/api/v1/events/saas-trial/", TRIAL)
    first = Event.objects.get()
    page = attempt(technical, TRIAL, typed, source).content.decode()
    assert f'It repeats <a href="{reverse("admin:inbox_event_change", args=[first.pk])}">event {first.pk}</a>' in page
    assert "It repeats" not in attempt(technical, TRIAL, typed).content.decode()


def test_an_id_used_with_another_body_is_refused(technical: Client, typed: str, api: JsonClient, source: Source) -> None:
    api.post("/api/v1/events/saas-trial/", TRIAL | {"id": "a-1"})
    page = attempt(technical, TRIAL | {"id": "a-1", "company": "Another"}, typed, source).content.decode()
    assert "Its id was used before with another body" in page


def test_what_goes_first_is_told(technical: Client, typed: str) -> None:
    DeliveryFactory.create(email="ada@example.com", withdrawal=True, state="needs_you")
    DeliveryFactory.create(email="ada@example.com", state="waiting")
    page = attempt(technical, TRIAL, typed).content.decode()
    assert "Its deliveries would wait for 1 earlier ones of this person." in page
    assert "A withdrawal of this person needs somebody" in page


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("typed", TRIAL),
        ("typed", {"email": "wrong"}),
        ("gitlab", LEAD),
        ("track", TRACK),
        ("iterable", WEBHOOK),
        ("marketo", {"email": "ada@example.com"}),
    ],
)
def test_no_row_of_any_table_changes(
    technical: Client, typed: str, kind: str, body: Any, django_capture_on_commit_callbacks: Any
) -> None:
    technical.get(reverse("try_it"))
    before = everything()
    with django_capture_on_commit_callbacks(execute=True) as woken:
        assert attempt(technical, body, typed if kind == "typed" else kind).status_code == 200
    assert everything() == before
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_stored_or_queued_where_transactions_are_real(technical: Client, typed: str) -> None:
    before = everything()
    assert attempt(technical, TRIAL, typed).context["outcome"].state == "done"
    assert everything() == before
    assert not OrmQ.objects.exists()


def test_campaigns_and_technical_owners_may_and_others_not(
    technical: Client, campaigns: Client, business: Client, outsider: Client, typed: str
) -> None:
    link = f'href="{reverse("try_it")}"'
    for client in (technical, campaigns):
        assert attempt(client, TRIAL, typed).status_code == 200
        assert link in client.get(reverse("admin:inbox_event_changelist")).content.decode()
    for client in (business, outsider):
        assert attempt(client, TRIAL, typed).status_code == 403
    assert link not in business.get(reverse("admin:inbox_event_changelist")).content.decode()
