from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.gateway.models import ReadCount
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

ADA = "ada@example.com"
READS = ["channels", "messageTypes", "journeys?pageSize=2", "lists", "campaigns?page=1&pageSize=3", "users/getFields"]
READS += [
    "templates?templateType=Triggered",
    f"users/getByEmail?email={ADA}",
    f"users/{ADA}",
    "users/getByEmail?email=nobody@example.com",
]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", READS)
def test_a_read_is_answered_by_iterable(path: str, gateway: Gateway, behind: Caller) -> None:
    behind.make(ADA, firstName="Ada")

    assert gateway.call("GET", f"/api/{path}") == behind.get(f"/api/{path}")


def test_a_refused_read_is_refused_in_its_own_words(gateway: Gateway, behind: Caller) -> None:
    answer = gateway.call("GET", "/api/users/getByEmail?email=nonsense")

    assert answer[0] == 400
    assert answer == behind.get("/api/users/getByEmail?email=nonsense")


def test_neither_key_reaches_the_other_side(gateway: Gateway, behind: Caller, settings: Any) -> None:
    status, answer = gateway.call("GET", f"/api/channels?api_key={gateway.token}")

    assert status == 200
    assert settings.ITERABLE_API_KEY not in str(answer)
    assert gateway.token not in str(behind.get("/sandbox/calls.json"))


def test_a_refused_key_of_ours_is_not_told_to_the_caller(gateway: Gateway, behind: Caller, settings: Any) -> None:
    settings.ITERABLE_API_KEY = ""

    status, answer = gateway.call("GET", "/api/channels")

    assert (status, answer["code"]) == (503, "GenericError")


def test_more_reads_than_a_source_may_are_refused(gateway: Gateway, behind: Caller, settings: Any) -> None:
    settings.GATEWAY_READS_PER_MINUTE = 0

    status, answer = gateway.call("GET", "/api/channels")

    assert (status, answer["code"]) == (429, "RateLimitExceeded")
    assert sum(ReadCount.objects.values_list("calls", flat=True)) == 1


def test_a_read_needs_its_scope(limited: Callable[..., Gateway], behind: Caller) -> None:
    assert limited("events:write").call("GET", "/api/channels")[0] == 401
    assert not ReadCount.objects.exists()
