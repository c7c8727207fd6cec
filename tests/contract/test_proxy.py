from __future__ import annotations

from collections.abc import Iterator

import pytest

from iterable_admin.iterable import errors
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.contract.description import Description
from tests.contract.proxy import Proxy, proxy_before
from tests.iterable.conftest import KEY

ANN = "ann/1@example.com"
BY_EMAIL = {"name": "email", "in": "query", "required": True, "type": "string"}
ANSWER = {"type": "object", "required": ["user"], "properties": {"user": {"type": "object", "required": ["age"]}}}
READ = {"get": {"parameters": [BY_EMAIL], "responses": {"200": {"schema": ANSWER}}}}
DESCRIPTION = Description({"definitions": {}, "paths": {"/api/users/getByEmail": READ}})


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def proxy(sandbox: RunningSandbox) -> Iterator[Proxy]:
    with proxy_before(sandbox.url) as running:
        yield running


@pytest.fixture
def client(proxy: Proxy) -> IterableClient:
    return IterableClient(KEY, proxy.url, timeout=(2, 5))


def test_calls_pass_unchanged_and_are_counted_by_endpoint(client: IterableClient, proxy: Proxy) -> None:
    client.users.update(ProfileUpdate({"plan": "gold"}, email=ANN))
    user, call = client.users.by_email(ANN)
    assert user is not None
    assert (user.data_fields["plan"], call.request_id != "") == ("gold", True)
    assert proxy.counts(DESCRIPTION) == {"GET /api/users/getByEmail": 1}
    assert len(proxy.exchanges()) == 2


def test_requests_and_answers_that_are_not_described_are_told_once(client: IterableClient, proxy: Proxy) -> None:
    for _ in range(2):
        client.users.update(ProfileUpdate({}, email=ANN))
        client.users.by_email(ANN)
    assert proxy.faults(DESCRIPTION) == ["POST /api/users/update: the description has no such endpoint"]
    assert proxy.faults_of_answers(DESCRIPTION) == ["GET /api/users/getByEmail: 200.user: 'age' is a required property"]


def test_a_call_that_the_sandbox_breaks_off_is_broken_off(client: IterableClient, proxy: Proxy, sandbox: RunningSandbox) -> None:
    with sandbox.state.lock:
        sandbox.state.faults.change({"fail_next": [{"path": "/api/users/update", "status": 0, "applied": True}]})
    with pytest.raises(errors.Ambiguous):
        client.users.update(ProfileUpdate({}, email=ANN))
    assert client.users.by_email(ANN)[0] is not None
    assert [exchange.received is None for exchange in proxy.exchanges()] == [True, False]
