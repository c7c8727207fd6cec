from __future__ import annotations

import uuid
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from contacts.consent.models import Channel, MessageType
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from journeys.models import Journey
from tests.factories import (
    ContactFactory,
    DeliveryFactory,
    EventFactory,
    MembershipFactory,
    NamespaceFactory,
    SubscriptionChangeFactory,
)

LISTS = ["contacts", "namespaces", "journeys", "message-types"]


def get(api: APIClient, path: str) -> Any:
    return api.get(f"/api/v1/{path}")


def test_an_event_shows_its_state_and_the_deliveries_it_caused(api: APIClient) -> None:
    event = EventFactory.create(state="done", reason="On its way to Iterable.", flags=["opt_in: odd"])
    delivery = DeliveryFactory.create(cause="event", cause_id=str(event.uuid), state=Delivery.State.SKIPPED, reason="Why.")
    DeliveryFactory.create(cause="event", cause_id=str(uuid.uuid4()))
    shown = get(api, f"events/{event.uuid}/").json()
    assert (shown["id"], shown["state"], shown["reason"]) == (str(event.uuid), "done", "On its way to Iterable.")
    assert (shown["flags"], shown["duplicate_of"]) == (["opt_in: odd"], None)
    assert [(row["id"], row["operation"], row["state"], row["reason"]) for row in shown["deliveries"]] == [
        (delivery.pk, "profile", "skipped", "Why."),
    ]


def test_a_follower_names_the_event_it_repeats(api: APIClient) -> None:
    first = EventFactory.create()
    follower = EventFactory.create(duplicate_of=first)
    assert get(api, f"events/{follower.uuid}/").json()["duplicate_of"] == str(first.uuid)


def test_an_unknown_event_is_not_found(api: APIClient) -> None:
    assert get(api, f"events/{uuid.uuid4()}/").status_code == 404


def test_contacts_are_paged_by_cursor_newest_first(api: APIClient) -> None:
    emails = [ContactFactory.create().email for _ in range(3)]
    first = get(api, "contacts/?page_size=2").json()
    assert [row["email"] for row in first["results"]] == [emails[2], emails[1]]
    second = api.get(first["next"]).json()
    assert ([row["email"] for row in second["results"]], second["next"]) == ([emails[0]], None)


@pytest.mark.parametrize("path", [*LISTS, "sync-runs", "sync-definitions"])
@pytest.mark.parametrize("told", [b"p=abc", b"p=%00", b"p=-1", b"p=1.5", b"p=%D9%A3", b"\xff"])
def test_a_cursor_that_is_none_of_ours_is_not_found(api: APIClient, path: str, told: bytes) -> None:
    answer = api.get(f"/api/v1/{path}/", {"cursor": b64encode(told).decode()})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid cursor"})


def test_somebody_erased_is_not_listed(api: APIClient) -> None:
    ContactFactory.create(email="", address_key="k" * 64)
    assert get(api, "contacts/").json()["results"] == []


def test_a_contact_is_found_by_any_spelling_of_the_address_with_their_namespaces(api: APIClient) -> None:
    contact = ContactFactory.create(email="ada+1@example.com", profile={"company": "Fictional Company"})
    membership = MembershipFactory.create(contact=contact, information={"NAMESPACE_ID": 123456})
    shown = get(api, "contacts/Ada+1@Example.com/").json()
    assert (shown["email"], shown["profile"]) == ("ada+1@example.com", {"company": "Fictional Company"})
    assert [(row["namespace_id"], row["information"]) for row in shown["namespaces"]] == [
        (membership.namespace_id, {"NAMESPACE_ID": 123456}),
    ]


def test_an_address_may_hold_a_slash(api: APIClient) -> None:
    ContactFactory.create(email="a/b@example.com")
    assert get(api, "contacts/a%2Fb@example.com/").json()["email"] == "a/b@example.com"
    assert get(api, "contacts/a/b@example.com/subscriptions/").status_code == 200


@pytest.mark.parametrize("path", ["contacts/nobody@example.com/", "contacts/nonsense/subscriptions/"])
def test_nobody_is_not_found(api: APIClient, path: str) -> None:
    assert get(api, path).status_code == 404


def test_subscriptions_are_told_also_of_somebody_who_is_no_contact(api: APIClient) -> None:
    channel = Channel.objects.create(name="Marketing Channel", channel_type="Marketing")
    MessageType.objects.create(name="GitLab Marketing", channel=channel, policy="OptIn")
    SubscriptionChangeFactory.create(address_key=address_key("ada@example.com"))
    shown = get(api, "contacts/Ada@example.com/subscriptions/").json()
    assert shown["email"] == "ada@example.com"
    assert [(row["message_type"], row["policy"], row["state"]) for row in shown["subscriptions"]] == [
        ("GitLab Marketing", "opt-in", "withdrawn"),
    ]


def test_namespaces_journeys_and_message_types_are_listed(api: APIClient) -> None:
    namespace = NamespaceFactory.create()
    journey = Journey.objects.create(name="SaaS Trial Onboarding + Post", workflow_id=361081)
    channel = Channel.objects.create(name="Transactional Channel")
    MessageType.objects.create(name="Transactional", channel=channel, policy="OptOut")
    assert get(api, "namespaces/").json()["results"][0]["namespace_id"] == namespace.pk
    assert get(api, "journeys/").json()["results"][0]["workflow_id"] == journey.workflow_id
    assert get(api, "message-types/").json()["results"][0]["channel"] == "Transactional Channel"


@pytest.mark.parametrize("path", [*LISTS, "contacts/ada@example.com", "contacts/ada@example.com/subscriptions"])
def test_reading_needs_its_scope_and_a_token(limited: Callable[..., APIClient], path: str) -> None:
    assert get(limited("events:write", "subscriptions:write"), f"{path}/").status_code == 403
    assert get(APIClient(), f"{path}/").status_code == 401


@pytest.mark.parametrize("path", LISTS)
def test_lists_cannot_be_written(api: APIClient, path: str) -> None:
    assert api.post(f"/api/v1/{path}/", {}, format="json").status_code == 405
    assert not Event.objects.exists()


def test_the_openapi_document_is_valid_and_complete(tmp_path: Any, api: APIClient) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    schema = (tmp_path / "schema.yml").read_text()
    for path in (
        "events/",
        "events/bulk/",
        "events/gitlab/",
        "events/{slug}/",
        "events/{uuid}/",
        "webhooks/marketo/unsubscribe/",
    ):
        assert f"  /api/v1/{path}:\n" in schema
    assert APIClient().get("/api/v1/schema/").status_code == 200
