from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from iterable_admin.inbox.models import Event, RefusedCall
from tests.gateway.conftest import Gateway
from tests.sandbox.caller import Caller

TRIAL = {"email": "ada@example.com", "eventName": "Trial"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("key", ["", "ita_wrong-and-long-enough"])
def test_a_wrong_key_is_answered_as_by_iterable(key: str, db: None) -> None:
    answer = Gateway(APIClient(), key).post("/api/events/track", TRIAL)

    params = {"ip": "127.0.0.1", "endpoint": "/api/events/track", "apiKeyIdentifier": key[:8], "apiKeyType": "Server"}
    msg = "Disabled API key or insufficient privileges"
    assert answer == (401, {"msg": msg, "code": "BadApiKey", "params": params})
    assert not Event.objects.exists()


def test_a_token_without_the_scope_is_refused(limited: Callable[..., Gateway]) -> None:
    status, answer = limited("events:write").post("/api/users/updateSubscriptions", {"email": "ada@example.com"})

    assert (status, answer["code"]) == (401, "BadApiKey")
    assert not Event.objects.exists()


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ["/api/no/such/thing", "/api/events/track/", "/api/export/data.json"])
def test_a_path_that_is_not_supported_is_not_there_by_any_method(limited: Callable[..., Gateway], method: str, path: str) -> None:
    status, answer = limited("read").call(method, path)

    assert (status, answer["code"], answer["params"]) == (404, "NotFound", None)
    assert answer["msg"].startswith(f"Endpoint not found: {method} {path}. Supported here: events/track, ")
    assert not RefusedCall.objects.exists()


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("key", ["", "ita_wrong-and-long-enough"])
def test_nor_is_a_path_by_a_method_that_it_does_not_take(method: str, key: str) -> None:
    status, answer = Gateway(APIClient(), key).call(method, "/api/events/track")

    assert (status, answer["code"], answer["params"]) == (404, "NotFound", None)
    assert answer["msg"].startswith(f"Endpoint not found: {method} /api/events/track. Supported here: events/track, ")


def test_behind_a_proxy_a_refusal_names_the_callers_address_and_not_what_the_caller_wrote(db: None, settings: Any) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    told = [
        APIClient().post("/iterable/api/events/track", TRIAL, format="json", headers=headers).json()["params"]["ip"]
        for settings.PROXY_COUNT in (0, 1)
    ]
    assert told == ["127.0.0.1", "203.0.113.9"]


def test_more_than_iterable_takes_is_refused(gateway: Gateway) -> None:
    status, answer = gateway.post("/api/users/bulkUpdate", b" " * 4_000_001)

    assert (status, answer["code"]) == (413, "BatchTooLarge")
    assert not Event.objects.exists()


def test_a_repeat_with_the_same_id_is_one_event(gateway: Gateway) -> None:
    answers = [gateway.post("/api/events/track", TRIAL | {"id": "t-1"}) for _ in range(2)]

    assert answers[0] == answers[1]
    assert Event.objects.get().iterable_id == "t-1"


def test_without_an_id_the_answer_names_ours(gateway: Gateway) -> None:
    _, answer = gateway.post("/api/events/track", TRIAL)

    assert answer["params"] == {"id": str(Event.objects.get().uuid)}


def test_a_thousand_users_are_a_thousand_events_in_few_queries(
    gateway: Gateway, django_assert_max_num_queries: Callable[..., object]
) -> None:
    users = [{"email": f"person{number}@example.com", "dataFields": {"n": number}} for number in range(1000)]

    with django_assert_max_num_queries(60):  # type: ignore[attr-defined]
        status, answer = gateway.post("/api/users/bulkUpdate", {"users": users})

    assert (status, answer["successCount"]) == (200, 1000)
    assert Event.objects.count() == 1000


def test_a_user_id_of_nobody_known_waits_for_an_address(gateway: Gateway, behind: Caller, drain: Callable[[], None]) -> None:
    gateway.post("/api/users/update", {"userId": "42", "dataFields": {"n": 1}})

    drain()

    event = Event.objects.get()
    assert (event.state, event.reason_code) == ("held", "no_address")


@pytest.mark.parametrize("header", ["Api-Key", "X-Api-Key", "Authorization"])
def test_a_token_stands_in_iterables_header_or_in_one_of_ours(gateway: Gateway, header: str) -> None:
    told = f"Bearer {gateway.token}" if header == "Authorization" else gateway.token
    answer = APIClient().post("/iterable/api/events/track", TRIAL, format="json", headers={header: told})
    assert answer.status_code == 200


def test_a_key_counts_before_the_bearer_token_of_somebodys_app(gateway: Gateway) -> None:
    headers = {"Api-Key": gateway.token, "Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    assert APIClient().post("/iterable/api/events/track", TRIAL, format="json", headers=headers).status_code == 200
