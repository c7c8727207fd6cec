"""An Iterable whose webhooks come to our own door, and what people and other clients do there."""

from __future__ import annotations

from typing import Any

import requests

from iterable_admin.inbox.models import Event
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import ANN
from tests.outbox.iterable import KEY
from tests.sandbox.receiver import poll


def happen(iterable: RunningSandbox, name: str, email: str = ANN, **told: Any) -> None:
    """To a person there; returns when our door was told."""
    before = told_of(name)
    assert requests.post(f"{iterable.url}/sandbox/webhooks", json={"eventName": name, "email": email, **told}, timeout=5).ok
    poll(lambda: told_of(name) > before)


def told_of(name: str) -> int:
    return Event.objects.filter(door="iterable", name=name).count()


def elsewhere(iterable: RunningSandbox, path: str, body: Any, method: str = "POST") -> None:
    """A call of some other client with the same project."""
    requests.request(method, f"{iterable.url}{path}", json=body, headers=KEY, timeout=5).raise_for_status()
