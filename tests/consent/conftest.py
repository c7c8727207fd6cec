from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.consent.learning import learn_ids
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.outbox.models import Delivery, RateBucket
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.conftest import JsonClient

ANN = "ann@example.com"
# Long enough ago that no act of a test lies in the future.
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def hooked(settings: Any, seeded: None, live_server: Any) -> Iterator[RunningSandbox]:
    """An Iterable whose webhooks come to our own server."""
    token = create_token(Source.objects.create(name="Iterable", scopes=["subscriptions:write"]))
    door = f"{live_server.url}/api/v1/webhooks/iterable/"
    with running_sandbox(webhook_url=door, webhook_token=token) as running:
        settings.ITERABLE_BASE_URL, settings.ITERABLE_API_KEY = running.url, "0" * 32
        settings.ITERABLE_SETTLE_SECONDS, settings.ITERABLE_RATE_LIMIT_SCALE = 0, 10_000
        settings.SENDING, settings.SENDING_ALLOW_LIST = "live", ["*"]
        learn_ids()
        yield running


@pytest.fixture
def ready(sandbox: RunningSandbox, seeded: None) -> RunningSandbox:
    """Seeded, the ids learnt."""
    learn_ids()
    return sandbox


Post = Callable[..., Event]


@pytest.fixture
def unsubscribe(api: JsonClient) -> Post:
    """`minutes` after noon of a day in the past."""

    def post(minutes: int = 0, *, unsubscribed: bool = True, email: str = ANN) -> Event:
        moment = NOON + timedelta(minutes=minutes)
        body: Any = {"email": email, "unsubscribed": unsubscribed, "occurred_at": moment.isoformat()}
        answer = api.post("/api/v1/webhooks/marketo/unsubscribe/", body)
        assert answer.status_code == 202, answer.content
        return Event.objects.get(uuid=answer.json()["id"])

    return post


@pytest.fixture
def trial(api: JsonClient) -> Post:
    def post(email: str = ANN, **fields: Any) -> Event:
        answer = api.post("/api/v1/events/saas-trial/", {"email": email, "firstName": "Ann", **fields})
        assert answer.status_code == 202, answer.content
        return Event.objects.get(uuid=answer.json()["id"])

    return post


def end_of(event: Event) -> tuple[str, str]:
    event.refresh_from_db()
    return event.state, event.reason_code


def make_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state__in=("waiting", "held"), next_attempt_at__isnull=False).update(next_attempt_at=past)
    Event.objects.filter(state="waiting").update(next_attempt_at=past)
    RateBucket.objects.update(next_free_at=0)
