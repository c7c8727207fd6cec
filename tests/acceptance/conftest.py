"""An Iterable whose webhooks come to our own server, with the channels and message types of the instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from iterable_admin.inbox.models import Source
from iterable_admin.inbox.tokens import create_token
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from journeys.mirror.refreshing import refresh
from tests.acceptance.ten_people import live
from tests.acceptance.world import World
from tests.conftest import JsonClient


@pytest.fixture
def hooked(settings: Any, seeded: None, live_server: Any) -> Iterator[RunningSandbox]:
    token = create_token(Source.objects.create(name="Iterable", scopes=["subscriptions:write"]))
    door = f"{live_server.url}/api/v1/webhooks/iterable/"
    with running_sandbox(webhook_url=door, webhook_token=token) as running:
        settings.ITERABLE_BASE_URL, settings.ITERABLE_API_KEY = running.url, "0" * 32
        settings.ITERABLE_SETTLE_SECONDS, settings.ITERABLE_RATE_LIMIT_SCALE = 0, 10_000
        settings.SENDING, settings.SENDING_ALLOW_LIST = "live", ["*"]
        yield running


@pytest.fixture
def world(hooked: RunningSandbox, api: JsonClient, drain: Callable[[], None]) -> World:
    """Seeded and mirrored, with nobody in it."""
    run = refresh("command")
    assert run.error == ""
    return World(api, hooked, drain)


@pytest.fixture
def ten(world: World) -> World:
    """The ten have lived their stories, and everything has come to rest."""
    live(world)
    return world
