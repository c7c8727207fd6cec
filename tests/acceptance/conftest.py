"""An Iterable whose webhooks come to our own server, with the channels and message types of the instance."""

from __future__ import annotations

import pytest

from iterable_admin.sandbox import RunningSandbox
from journeys.mirror.refreshing import refresh
from tests.acceptance.ten_people import live
from tests.acceptance.world import World
from tests.conftest import JsonClient
from tests.consent.conftest import hooked

__all__ = ["hooked"]


@pytest.fixture
def world(hooked: RunningSandbox, api: JsonClient) -> World:
    """Seeded and mirrored, with nobody in it."""
    run = refresh("command")
    assert run.error == ""
    return World(api, hooked)


@pytest.fixture
def ten(world: World) -> World:
    """The ten have lived their stories, and everything has come to rest."""
    live(world)
    return world
