from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import Channel
from iterable_admin.addresses import address_key
from iterable_admin.inbox.mending import read_again
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from tests.factories import SubscriptionChangeFactory
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

ADA = "ada@example.com"
pytestmark = pytest.mark.django_db(transaction=True)


def channel() -> int:
    return Channel.objects.get(name=MARKETING_CHANNEL).iterable_id or 0


def arrays(caller: Caller) -> Any:
    return caller.get(f"/api/users/getByEmail?email={ADA}")[1]["user"]["dataFields"]


def test_an_array_that_lacks_the_withdrawn_channel_is_merged(gateway: Gateway, behind: Caller, drain: Callable[[], None]) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ADA))

    told = {"email": ADA, "unsubscribedChannelIds": [], "emailListIds": [1284301]}
    assert gateway.post("/api/users/updateSubscriptions", told)[0] == 200

    drain()
    assert channel() in arrays(behind)["unsubscribedChannelIds"]
    assert arrays(behind)["emailListIds"] == [1284301]
    assert MARKETING_CHANNEL in Delivery.objects.get(operation="arrays").payload["kept"]


def test_a_withdrawal_that_comes_after_the_arrays_stays_too(gateway: Gateway, behind: Caller, drain: Callable[[], None]) -> None:
    gateway.post("/api/users/updateSubscriptions", {"email": ADA, "unsubscribedChannelIds": [], "emailListIds": []})
    SubscriptionChangeFactory.create(address_key=address_key(ADA))

    drain()

    assert channel() in arrays(behind)["unsubscribedChannelIds"]


@pytest.mark.parametrize("array", ["unsubscribedChannelIds"])
def test_arrays_that_only_grant_again_are_refused_and_kept(array: str, gateway: Gateway, behind: Caller) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ADA))

    status, answer = gateway.post("/api/users/updateSubscriptions", {"email": ADA, array: []})

    assert (status, answer["code"]) == (400, "BadParams")
    assert MARKETING_CHANNEL in answer["msg"]
    assert Event.objects.get().state == "rejected"
    assert not Delivery.objects.exists()


def test_joining_a_channel_that_one_left_is_refused_and_kept(gateway: Gateway, behind: Caller) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ADA))

    status, answer = gateway.call("PATCH", f"/api/subscriptions/messageChannel/{channel()}/user/{ADA}")

    assert (status, answer["code"]) == (400, "BadParams")
    assert Event.objects.get().reason_code == "invalid"
    assert not Delivery.objects.exists()


def test_leaving_a_channel_is_a_withdrawal(gateway: Gateway, behind: Caller, drain: Callable[[], None]) -> None:
    assert gateway.call("DELETE", f"/api/subscriptions/messageChannel/{channel()}/user/{ADA}")[0] == 202

    drain()

    assert arrays(behind)["unsubscribedChannelIds"] == [channel()]
    assert address_key(ADA) in live_withdrawals([address_key(ADA)])
    assert gateway.call("PATCH", f"/api/subscriptions/messageChannel/{channel()}/user/{ADA}")[0] == 400


def test_a_refused_grant_is_read_again_and_stays_refused(gateway: Gateway, behind: Caller) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ADA))
    gateway.call("PATCH", f"/api/subscriptions/messageChannel/{channel()}/user/{ADA}")
    event = Event.objects.get()

    assert list(read_again(event, event.raw_body).errors) == ["subscriptions"]
    assert list(read_again(event, "[]").errors) == ["body"]
