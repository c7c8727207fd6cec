from __future__ import annotations

from typing import Any

import pytest

from contacts.consent.guarding import guard
from contacts.consent.models import Channel, MessageType
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Skip
from tests.consent.conftest import ANN, NOON
from tests.factories import DeliveryFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.django_db
NEWS, OFFERS, PRODUCT = 21, 22, 12


@pytest.fixture
def product(seeded: None) -> None:
    channel = Channel.objects.create(name="Product", iterable_id=PRODUCT, channel_type="Marketing")
    MessageType.objects.create(name="News", iterable_id=NEWS, channel=channel, policy="OptIn")
    MessageType.objects.create(name="Offers", iterable_id=OFFERS, channel=channel, policy="OptIn")


def left(**columns: Any) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ANN), occurred_at=NOON, **columns)


def subscribing_to(name: str, group: str = "messageType") -> Delivery:
    payload = {"group": group, "name": name, "id": 1}
    return DeliveryFactory.create(email=ANN, operation="subscribe", payload=payload, creates=False)


def skipped(*rows: Delivery) -> list[str]:
    objections = guard(rows)
    return [row.payload["name"] for row in rows if isinstance(objections.get(row.pk), Skip)]


@pytest.mark.parametrize("key", [str(NEWS), "News"])
def test_who_left_a_type_is_not_subscribed_to_it_and_to_others_is(product: None, key: str) -> None:
    left(target="message_type", target_key=key)
    assert skipped(subscribing_to("News"), subscribing_to("Offers")) == ["News"]


def test_who_left_a_channel_is_subscribed_to_nothing_in_it(product: None) -> None:
    left(target="channel", target_key=str(PRODUCT))
    assert skipped(subscribing_to("News"), subscribing_to("Product", "messageChannel")) == ["News", "Product"]
    assert skipped(subscribing_to("GitLab Marketing")) == []


def test_who_left_all_marketing_may_still_get_what_is_no_marketing(product: None) -> None:
    left()
    assert skipped(subscribing_to("News"), subscribing_to("Transactional"), subscribing_to("Unheard of")) == [
        "News",
        "Unheard of",
    ]


def test_a_newer_act_of_the_person_on_the_whole_lifts_it(product: None) -> None:
    left(target="message_type", target_key=str(NEWS))
    SubscriptionChangeFactory.create(address_key=address_key(ANN), verdict="granted")
    assert skipped(subscribing_to("News")) == []
