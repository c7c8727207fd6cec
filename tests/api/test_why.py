"""Why, or why not, asked by other systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from contacts.consent.models import MessageType
from iterable_admin.addresses import address_key
from journeys.definition.models import JourneyVersion
from journeys.models import Journey
from tests.admin.test_why_page import GRAPH, journey
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory

__all__ = ["catalogue"]
ADA = "ada@example.com"


@pytest.fixture
def marketing_message(catalogue: None) -> MessageType:
    return MessageType.objects.get(name="Marketing Message")


def why(api: APIClient, email: str = ADA, **asked: str) -> Any:
    return api.get(f"/api/v1/contacts/{email}/why/", asked)


def test_a_message_type_is_explained_with_the_row_behind_the_first_blocker(
    api: APIClient, marketing_message: MessageType
) -> None:
    ContactFactory.create(email=ADA)
    row = SubscriptionChangeFactory.create(address_key=address_key(ADA))
    see(address_key(ADA))
    told = why(api, message_type="Marketing Message").json()
    found = told["message_type"]
    assert (told["email"], told["at"], told["known"], told["journey"]) == (ADA, None, True, None)
    assert (found["outcome"], found["iterable_will"], found["we_should"]) == ("exposed", True, False)
    assert (found["blocker"]["code"], found["blocker"]["evidence"]["kind"]) == ("UPSTREAM_WITHDRAWN", "ledger")
    assert found["blocker"]["evidence"]["key"] == str(row.pk)
    assert [flip["outcome"] for flip in found["flips"]] == ["Iterable would not send it either", "we might send it"]


def test_a_journey_is_explained_by_name_and_by_number(api: APIClient, marketing_message: MessageType) -> None:
    ContactFactory.create(email=ADA, profile={"country": "Germany"})
    EventFactory.create(email=ADA)
    row = journey()
    told = why(api, journey="trials").json()
    assert told == why(api, journey=str(row.pk)).json()
    found = told["journey"]
    assert (found["version"], found["entry"]["outcome"]) == ({"number": 1, "state": "draft"}, "enters")
    assert [(step["key"], step["reached_by"]) for step in found["steps"]] == [("welcome", "the start"), ("", "Welcome")]
    assert found["steps"][0]["message"]["subject"] == "Marketing Message"


def test_the_approved_version_is_asked_before_a_newer_draft(api: APIClient, marketing_message: MessageType) -> None:
    row = journey()
    first = JourneyVersion.objects.get()
    JourneyVersion.objects.update(state="approved", approver=User.objects.create_user("amy"), approved_at=first.created_at)
    moments = {"created_at": first.created_at, "changed_at": first.changed_at}
    JourneyVersion.objects.create(journey=row, number=2, graph=GRAPH | {"steps": [], "edges": []}, graph_hash="i", **moments)
    assert why(api, journey="Trials").json()["journey"]["version"] == {"number": 1, "state": "approved"}


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({}, 400, "exactly one"),
        ({"journey": "Trials", "message_type": "Marketing Message"}, 400, "exactly one"),
        ({"message_type": "Newsletter"}, 404, "There is no message type Newsletter"),
        ({"journey": "Newsletter"}, 404, "There is no journey Newsletter"),
        ({"journey": "Bare"}, 404, "Bare is not described here yet"),
        ({"message_type": "Marketing Message", "at": "yesterday"}, 400, "at"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_mend(
    api: APIClient, marketing_message: MessageType, asked: dict[str, str], status: int, words: str
) -> None:
    Journey.objects.create(name="Bare")
    answer = why(api, **asked)
    assert answer.status_code == status
    assert words in answer.content.decode()


def test_a_day_means_its_end_and_one_that_is_still_to_come_is_now_and_told(
    api: APIClient, marketing_message: MessageType
) -> None:
    past = why(api, message_type="Marketing Message", at="2026-03-31").json()
    ahead = why(api, message_type="Marketing Message", at="2099-01-01").json()
    assert (past["at"], ahead["at"]) == ("2026-03-31T23:59:59Z", None)
    assert ahead["notes"][0] == "Of what is still to come nothing is known: this is how it is now."


def test_an_unknown_address_is_answered_and_what_is_none_is_not(api: APIClient, marketing_message: MessageType) -> None:
    told = why(api, message_type="Marketing Message").json()
    assert (told["known"], told["notes"][0][:41]) == (False, "Nothing was ever heard of this address: n")
    assert why(api, "ada", message_type="Marketing Message").status_code == 404


def test_it_takes_the_scope_to_read(limited: Callable[..., APIClient], marketing_message: MessageType) -> None:
    assert why(limited("events:write"), message_type="Marketing Message").status_code == 403
