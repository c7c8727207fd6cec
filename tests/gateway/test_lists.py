from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Attempt, Delivery
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

MANY = [{"email": f"p{number}@example.com"} for number in range(200)]
ONE_SECOND_LIST = {"listId": 1284302, "subscribers": MANY[:3]}
pytestmark = pytest.mark.django_db(transaction=True)


def on_list(caller: Caller, number: int = NEWSLETTER) -> list[str]:
    return sorted(caller.send("GET", f"/api/lists/getUsers?listId={number}")[1].split())


def calls_to(endpoint: str) -> list[tuple[int, int]]:
    """How many people each carried, and how many of them were taken."""
    return list(Attempt.objects.filter(endpoint=endpoint).order_by("pk").values_list("rows", "accepted"))


def test_whoever_joins_a_list_travels_with_the_others_of_it(gateway: Gateway, behind: Caller, drain: Callable[[], None]) -> None:
    gateway.post("/api/lists/subscribe", {"listId": NEWSLETTER, "subscribers": MANY})
    drain()
    gateway.post("/api/lists/subscribe", ONE_SECOND_LIST)
    gateway.post("/api/lists/unsubscribe", {"listId": NEWSLETTER, "subscribers": MANY[1:]})
    drain()

    assert on_list(behind) == ["p0@example.com"]
    assert on_list(behind, 1284302) == ["p0@example.com", "p1@example.com", "p2@example.com"]
    assert calls_to("/api/lists/subscribe") == [(200, 200), (3, 3)]
    assert sum(rows for rows, _ in calls_to("/api/lists/unsubscribe")) == 199


def test_a_list_that_is_gone_is_told_of_everybody_by_one_call(
    gateway: Gateway, behind: Caller, drain: Callable[[], None], settings: Any
) -> None:
    there = settings.ITERABLE_BASE_URL
    settings.ITERABLE_BASE_URL = "http://127.0.0.1:9"
    # Iterable cannot be asked now, so that it is taken.
    assert gateway.post("/api/lists/subscribe", {"listId": 7, "subscribers": MANY})[0] == 200
    settings.ITERABLE_BASE_URL = there

    drain()

    assert calls_to("/api/lists/subscribe") == [(200, 0)]
    assert set(Delivery.objects.values_list("state", "reason_code")) == {("needs_you", "permanent")}


def test_a_list_that_iterable_says_it_lacks_is_refused(gateway: Gateway, behind: Caller) -> None:
    status, answer = gateway.post("/api/lists/subscribe", {"listId": 7, "subscribers": MANY})

    assert (status, answer["code"], answer["msg"]) == (400, "BadParams", "error.lists.invalidListId: 7")
    assert not Event.objects.exists()


def test_a_withdrawal_overtakes_and_the_rest_of_its_call_does_not(gateway: Gateway, behind: Caller) -> None:
    told = {"email": "ada@example.com", "emailListIds": [], "unsubscribedChannelIds": [108642]}
    gateway.post("/api/users/updateSubscriptions", told)

    parts = Event.objects.order_by("pk").values_list("payload__call", "withdrawal")
    assert list(parts) == [("opt_out", True), ("arrays", False)]
