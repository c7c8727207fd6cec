"""Rejected events: mended or read again by the technical owner, refused in words, never half done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.intake.models import EventType
from contacts.models import Contact
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Event
from tests.admin.test_operations import ask
from tests.conftest import JsonClient

pytestmark = pytest.mark.django_db

WRONG = {"email": "ada at example.com", "firstName": "Ada", "latest_trial_start_date": "2026-11-20"}
RIGHT = WRONG | {"email": "ada@example.com"}
TRIAL, GITLAB, BULK = "/api/v1/events/saas-trial/", "/api/v1/events/gitlab/", "/api/v1/events/bulk/"
MARKETO = "/api/v1/webhooks/marketo/unsubscribe/"


def rejected(api: JsonClient, body: Any = WRONG, path: str = TRIAL) -> Event:
    api.post(path, body)
    return Event.objects.get(state=Event.State.REJECTED)


def mend(client: Client, event: Event, body: Any, reason: str = "The caller's typo") -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(reverse("admin:inbox_event_mend", args=[event.pk]), {"body": text, "reason": reason}, follow=True)


def unchanged(event: Event) -> bool:
    same = Event.objects.filter(pk=event.pk).values().get() == {
        field.attname: getattr(event, field.attname) for field in Event._meta.concrete_fields
    }
    return same and not OperatorAction.objects.exists()


def test_the_page_shows_what_came_what_is_wrong_and_a_copy_to_edit(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    link = reverse("admin:inbox_event_mend", args=[event.pk])
    assert link in technical.get(reverse("admin:inbox_event_change", args=[event.pk])).content.decode()
    page = technical.get(link)
    assert "<strong>email</strong> is not an email address" in page.content.decode()
    assert json.loads(page.context["form"].initial["body"]) == WRONG


def test_a_body_that_is_still_wrong_shows_why_and_writes_nothing(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    page = mend(technical, event, WRONG | {"email": "ada@"}).content.decode()
    assert "email: is not an email address" in page
    assert "ada@&quot;" in page
    assert unchanged(event)


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "nothing"])
def test_what_is_no_object_is_refused(technical: Client, api: JsonClient, body: str) -> None:
    event = rejected(api)
    assert "errorlist" in mend(technical, event, body).content.decode()
    assert unchanged(event)


def test_without_a_reason_nothing_is_mended(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    assert "This field is required" in mend(technical, event, RIGHT, reason=" ").content.decode()
    assert unchanged(event)


def test_a_mended_event_is_processed_and_keeps_what_came(
    technical: Client, api: JsonClient, drain: Callable[[], None], sandbox: Any
) -> None:
    event = rejected(api)
    assert "Mended: it is processed next." in mend(technical, event, RIGHT).content.decode()
    mended = Event.objects.get()
    assert (mended.state, mended.email, mended.errors) == ("received", "ada@example.com", {})
    assert (mended.raw_body, json.loads(mended.mended_body)) == (event.raw_body, RIGHT)
    assert "body: mended by an operator" in mended.flags
    action = OperatorAction.objects.get()
    assert (action.verb, action.actor_name, action.reason) == ("mend", "technical_owner", "The caller's typo")
    drain()
    assert Contact.objects.get(email="ada@example.com").profile["firstName"] == "Ada"


def test_a_repeat_of_a_mended_event_is_recognised(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    mend(technical, event, RIGHT)
    assert api.post(TRIAL, RIGHT).json() == {"id": str(event.uuid), "status": "received", "duplicate": True}


def test_what_came_again_meanwhile_is_not_done_twice(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    api.post(TRIAL, RIGHT)
    first = Event.objects.get(state=Event.State.RECEIVED)
    page = mend(technical, event, RIGHT).content.decode()
    assert f'See <a href="{reverse("admin:inbox_event_change", args=[first.pk])}">event {first.pk}</a>.' in page
    assert unchanged(event)


def test_the_second_of_two_operators_is_told(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    mend(technical, event, RIGHT)
    assert mend(technical, event, RIGHT).status_code == 404
    assert OperatorAction.objects.count() == 1


def test_each_door_reads_its_own_bodies(technical: Client, api: JsonClient) -> None:
    lead = {"trial_user": {"work_email": "nobody", "product_interaction": "SaaS Trial", "first_name": "Ada"}}
    event = rejected(api, lead, GITLAB)
    lead["trial_user"]["work_email"] = "ada@example.com"
    mend(technical, event, lead)
    assert Event.objects.get().payload["data_fields"]["firstName"] == "Ada"


def test_an_item_of_a_bulk_request_is_mended_by_itself(technical: Client, api: JsonClient) -> None:
    event = rejected(api, {"events": [{"eventName": "SaaS Trials"}]}, BULK)
    mend(technical, event, {"eventName": "SaaS Trials", "email": "ada@example.com"})
    assert Event.objects.get().name == "SaaS Trials"


def test_a_mended_unsubscribe_is_a_withdrawal_again(technical: Client, api: JsonClient) -> None:
    api.post(MARKETO, "email=ada+at+example.com&unsubscribed=true", content_type="application/x-www-form-urlencoded")
    event = Event.objects.get(state=Event.State.REJECTED)
    mend(technical, event, "email=ada%40example.com&unsubscribed=true")
    mended = Event.objects.get()
    assert (mended.state, mended.email, mended.withdrawal) == ("received", "ada@example.com", True)


def test_those_without_the_permission_neither_see_nor_do_it(
    campaigns: Client, business: Client, outsider: Client, api: JsonClient
) -> None:
    event = rejected(api)
    for client in (campaigns, business, outsider):
        assert mend(client, event, RIGHT).status_code == 403
        assert client.get(reverse("admin:inbox_event_mend", args=[event.pk])).status_code == 403
        ask(client, "admin:inbox_event_changelist", "read_again", event.pk, reason="Mine", shown="1")
    assert "Mend …" not in campaigns.get(reverse("admin:inbox_event_change", args=[event.pk])).content.decode()
    assert unchanged(event)


def test_rejected_events_are_read_again_once_the_rules_understand_them(technical: Client, api: JsonClient) -> None:
    fields = [{"name": "seats", "type": "integer"}]
    EventType.objects.create(name="Demo", slug="demo", fields=fields)
    event = rejected(api, {"email": "ada@example.com", "seats": "many"}, "/api/v1/events/demo/")
    other = Event.objects.create(
        source=event.source,
        door="event",
        lane="",
        state="rejected",
        errors={"email": "is missing"},
        raw_body="{}",
        path=TRIAL,
        received_at=event.received_at,
    )
    EventType.objects.filter(slug="demo").update(fields=[{"name": "seats", "type": "string"}])
    ask(technical, "admin:inbox_event_changelist", "read_again", event.pk, other.pk, reason="Seats are text", shown="2")
    assert list(Event.objects.order_by("pk").values_list("state", "mended_body")) == [("received", ""), ("rejected", "")]
    assert OperatorAction.objects.get().count == 1


def test_a_body_that_is_no_longer_kept_cannot_be_mended(technical: Client, api: JsonClient) -> None:
    event = rejected(api)
    Event.objects.update(raw_body="")
    assert mend(technical, event, RIGHT).status_code == 404
    assert "Mend …" not in technical.get(reverse("admin:inbox_event_change", args=[event.pk])).content.decode()
