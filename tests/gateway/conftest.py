from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.consent.learning import learn_ids
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.sandbox.caller import Caller

Answer = tuple[int, Any]


@dataclass
class Gateway:
    """Calls as a client of Iterable's does that was pointed here."""

    client: APIClient
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        told: dict[str, Any] = {} if body is None else {"data": body, "format": "json"}
        if isinstance(body, bytes):
            told = {"data": body, "content_type": "application/json"}
        send = getattr(self.client, method.lower())
        response = send(f"/iterable{path}", headers={"Api-Key": self.token}, **told)
        return response.status_code, response.json()

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, body)


@pytest.fixture
def gateway(source: Source) -> Gateway:
    return Gateway(APIClient(), create_token(source))


@pytest.fixture
def behind(sandbox: RunningSandbox, seeded: None) -> Iterator[Caller]:
    """The Iterable behind the gateway, asked directly."""
    learn_ids()
    with Caller(sandbox.url) as caller:
        yield caller


@pytest.fixture
def direct() -> Iterator[Caller]:
    """Another Iterable, which a client speaks to without us."""
    with running_sandbox() as running, Caller(running.url) as caller:
        yield caller


@pytest.fixture
def limited() -> Callable[..., Gateway]:
    def make(*scopes: str) -> Gateway:
        return Gateway(APIClient(), create_token(Source.objects.create(name="Limited", scopes=list(scopes))))

    return make
