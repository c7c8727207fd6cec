"""One GitLab user, two addresses: events that name both, and what Iterable holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from contacts.consent.learning import learn_ids
from contacts.consent.models import SubscriptionChange
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.conftest import JsonClient
from tests.consent.conftest import NOON
from tests.outbox.iterable import KEY

A, B, C = "ann@old.example.com", "ann@new.example.com", "ann@third.example.com"
KEY_A, KEY_B, KEY_C = address_key(A), address_key(B), address_key(C)
ANN, BOB = 7, 9

Meet = Callable[..., Event]
Settings = Any


@pytest.fixture
def meet(api: JsonClient) -> Meet:
    """An event of a GitLab user under an address, `minutes` after noon of a day in the past."""

    def post(email: str, minutes: int = 0, user_id: int | None = ANN, **fields: Any) -> Event:
        body: dict[str, Any] = {"eventName": "SaaS Trials", "email": email, "dataFields": {"company": "X", **fields}}
        body |= {"createdAt": (NOON + timedelta(minutes=minutes)).isoformat()} | ({"userId": str(user_id)} if user_id else {})
        answer = api.post("/api/v1/events/", body)
        assert answer.status_code == 202, answer.content
        return Event.objects.get(uuid=answer.json()["id"])

    return post


@pytest.fixture(params=["email", "hybrid", "userid"])
def project(request: pytest.FixtureRequest, sandbox: RunningSandbox, seeded: None, settings: Any) -> Iterator[RunningSandbox]:
    """An Iterable project of each type."""
    with running_sandbox(project_type=request.param) as running:
        settings.ITERABLE_BASE_URL, settings.ITERABLE_PROJECT_TYPE = running.url, request.param
        learn_ids()
        yield running


def put_profile(sandbox: RunningSandbox, email: str, user_id: int = ANN, *, by_user_id: bool = False) -> None:
    """As somebody else made it in Iterable."""
    if by_user_id:
        body: dict[str, Any] = {"userId": str(user_id), "dataFields": {"email": email, "madeBy": "hand"}}
    else:
        body = {"email": email, "dataFields": {"madeBy": "hand"}}
    requests.post(f"{sandbox.url}/api/users/update", json=body, headers=KEY, timeout=5).raise_for_status()


def withdrawn(key: str) -> list[tuple[str, str, str]]:
    rows = SubscriptionChange.objects.filter(address_key=key, verdict="withdrawn").order_by("pk")
    return list(rows.values_list("target", "source", "cause"))
