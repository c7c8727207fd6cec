from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.consent.models import Channel, MessageType, ObservedProfile, ProfileObservation
from iterable_admin.addresses import address_key
from tests.factories import ContactFactory, SubscriptionChangeFactory

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def get(api: APIClient, path: str, **query: str) -> Any:
    return api.get(f"/api/v1/{path}", query)


def test_both_verdicts_are_told_with_every_reason_and_its_cause(api: APIClient, marketing_message: MessageType) -> None:
    row = SubscriptionChangeFactory.create(address_key=address_key("ada@example.com"), occurred_at=NOON)
    observe("ada@example.com")
    (shown,) = get(api, "contacts/ada@example.com/subscriptions/").json()["subscriptions"]
    assert (shown["message_type"], shown["exposed"], shown["iterable_will"]) == (
        "Marketing Message",
        True,
        {"allowed": True, "code": "SEND", "reasons": []},
    )
    (reason,) = shown["we_should"]["reasons"]
    assert (reason["code"], reason["cause"], reason["cause_id"]) == ("UPSTREAM_WITHDRAWN", "ledger", row.pk)
    assert (shown["we_should"]["allowed"], reason["since"]) == (False, "2026-01-10T12:00:00Z")


@pytest.mark.parametrize(
    ("moments", "code"),
    [
        ({"at": "2026-01-10T11:59:59Z"}, "NO_EVIDENCE"),
        ({"at": "2026-01-10T12:00:00Z"}, "UPSTREAM_WITHDRAWN"),
        ({"at": "2026-01-10T12:00:00Z", "known_at": "2026-01-10T23:00:00Z"}, "NO_EVIDENCE"),
        ({"known_at": "2026-01-11T12:00:00Z"}, "UPSTREAM_WITHDRAWN"),
    ],
)
def test_the_past_is_told_as_it_was_and_as_it_was_known(
    api: APIClient, marketing_message: MessageType, moments: dict[str, str], code: str
) -> None:
    key = address_key("ada@example.com")
    SubscriptionChangeFactory.create(address_key=key, occurred_at=NOON, received_at=NOON + timedelta(days=1))
    (shown,) = get(api, "contacts/ada@example.com/subscriptions/", **moments).json()["subscriptions"]
    assert shown["we_should"]["code"] == code


@pytest.mark.parametrize("name", ["at", "known_at"])
def test_a_moment_that_is_none_is_refused_by_name(api: APIClient, name: str) -> None:
    answer = get(api, "contacts/ada@example.com/subscriptions/", **{name: "yesterday"})
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_the_exposure_of_a_type_is_counted(api: APIClient, marketing_message: MessageType) -> None:
    for number, email in enumerate(("ann@example.com", "ben@example.com", "cem@example.com")):
        ContactFactory.create(email=email)
        if number:
            observe(email)
    SubscriptionChangeFactory.create(address_key=address_key("ben@example.com"))
    assert get(api, f"message-types/{marketing_message.pk}/exposure/").json() == {
        "message_type": "Marketing Message",
        "policy": "opt-out",
        "contacts": 3,
        "will": 2,
        "should": 0,
        "exposed": 2,
        "unknown": 1,
        "reasons": {"UPSTREAM_WITHDRAWN": 1, "NO_EVIDENCE": 1},
        "blocked": {"UPSTREAM_WITHDRAWN": 1, "NO_EVIDENCE": 2},
    }


def test_a_type_that_is_not_there_has_no_exposure(api: APIClient) -> None:
    assert get(api, "message-types/99/exposure/").status_code == 404


@pytest.fixture
def marketing_message(db: None) -> MessageType:
    channel = Channel.objects.create(name="Marketing Channel", channel_type="Marketing", iterable_id=11)
    return MessageType.objects.create(name="Marketing Message", channel=channel, policy="OptOut", iterable_id=102)


def observe(email: str) -> None:
    seen = {"address_key": address_key(email), "observed_at": NOON, "source": "look_up"}
    observation = ProfileObservation.objects.create(**seen, received_at=NOON)
    ObservedProfile.objects.create(**seen, observation=observation, confirmed_at=NOON)
