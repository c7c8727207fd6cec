"""A few people who differ in all that conditions ask for, awkward values included."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from contacts.consent.models import List, ListMembership, MessageType, ObservedProfile, ProfileObservation
from contacts.models import Contact
from tests.factories import ContactFactory, EventFactory, MembershipFactory, SubscriptionChangeFactory

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TEXTS = ["Germany", "germany", "Österreich", "a%b", "", None, 5, "Ger"]
NUMBERS = [0, 1, 10, 10.5, "10", None, True, -3]
BOOLEANS = [True, False, "true", None, 1]
MOMENTS = [
    *("2026-11-26", "2026-11-26 12:00:00 +00:00", "2026-11-26T11:59:59.500", "2026-11-25 12:00:00", "2023-06-08 17:31:55.883"),
    *("last year", "", None, 20261126, "2026-11"),
]
STAGES: list[Any] = [["create", "plan"], ["plan"], [], ["Plan", 5], None, "plan"]
PLANS = ["Free", "Premium", "Ultimate Trial", None]
DAYS = [0, 1, 2, 30, 400]


def crowd(people: int = 24, seed: int = 7) -> list[Contact]:
    """The same for one seed."""
    dice = random.Random(seed)
    named = List.objects.create(iterable_id=5, name="Five")
    for name, number in (("GitLab Marketing", 101), ("Marketing Message", 102), ("Transactional", 103)):
        MessageType.objects.filter(name=name).update(iterable_id=number)
    return [_person(dice, named) for _ in range(people)]


def _person(dice: random.Random, named: List) -> Contact:
    days = dice.choice(DAYS)
    contact: Contact = ContactFactory.create(
        profile=_given({"country": dice.choice(TEXTS), "companyNamespace": dice.choice(BOOLEANS)})
        | _given({"latest_trial_start_date": dice.choice(MOMENTS), "company": dice.choice(TEXTS)}),
        gitlab_user_id=dice.choice([None, 1, 2, 10]),
        last_login_at=dice.choice([None, NOW - timedelta(days=days), NOW + timedelta(seconds=1)]),
    )
    for _ in range(dice.choice([0, 0, 1, 2, 3])):
        MembershipFactory.create(contact=contact, information=_given(_namespace(dice)))
    for _ in range(dice.choice([0, 1, 2])):
        at = NOW - timedelta(days=dice.choice(DAYS), seconds=dice.choice([0, 1, -1]))
        state, name = dice.choice(["done", "rejected", "received"]), dice.choice(["SaaS Trials", "Other"])
        payload = _given({"country": dice.choice(TEXTS)})
        EventFactory.create(
            email=contact.email, lane=contact.address_key, name=name, state=state, payload=payload, received_at=at
        )
    if dice.random() < 0.3:
        ListMembership.objects.create(list=named, address_key=contact.address_key, seen_at=NOW)
    if dice.random() < 0.7:
        _observe(dice, contact)
    if dice.random() < 0.3:
        SubscriptionChangeFactory.create(address_key=contact.address_key)
    return contact


def _namespace(dice: random.Random) -> dict[str, Any]:
    return {
        "GITLAB_PLAN_TITLE": dice.choice(PLANS),
        "CURRENT_MEMBER_COUNT": dice.choice(NUMBERS),
        "GITLAB_PLAN_IS_PAID": dice.choice(BOOLEANS),
        "LIST_OF_STAGES": dice.choice(STAGES),
        "CREATED_AT": dice.choice(MOMENTS),
    }


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Null, or not there at all."""
    return {name: value for name, value in values.items() if value is not None or len(name) % 2}


def _observe(dice: random.Random, contact: Contact) -> None:
    seen = {
        "present": dice.random() < 0.8,
        "list_ids": dice.choice([[], [5], [5, 6]]),
        "unsubscribed_channel_ids": [],
        "unsubscribed_message_type_ids": dice.choice([[], [102]]),
        "subscribed_message_type_ids": dice.choice([[], [101]]),
        "observed_at": NOW,
        "source": "export",
    }
    observation = ProfileObservation.objects.create(address_key=contact.address_key, received_at=NOW, **seen)
    ObservedProfile.objects.create(address_key=contact.address_key, confirmed_at=NOW, observation_id=observation.pk, **seen)
