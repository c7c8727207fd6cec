"""What every room's tests stand on: a private database, an Iterable on loopback, the people who use the product."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, groupby
from typing import Any, cast
from unittest.mock import patch

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User
from django.test import Client, TransactionTestCase
from rest_framework.test import APIClient

from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.processing import process_all
from iterable_admin.inbox.tokens import create_token
from iterable_admin.outbox.draining import drain as drain_outbox
from iterable_admin.sandbox import RunningSandbox, running_sandbox
from tests.emptying import empty_database
from tests.seeding import seed

pytest_plugins = ["tests.contract.watching", "tests.warehouse.double"]

# No test moves more than a few rows more often than this; a pipe that still moves is in a loop.
MOST_ROUNDS = 50


def pytest_configure() -> None:
    # The real hasher is slow on purpose, and no test is about it.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Nothing is collected for a test, and WhiteNoise warns of a folder that is not there; a scan with each client is slow.
    django_settings.STATIC_ROOT = str(django_settings.BASE_DIR / "iterable_admin" / "static")
    django_settings.WHITENOISE_USE_FINDERS = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories wait for processes of their own: half of the workers begin with them, while the others compute."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    stories = [item for item in items if item.get_closest_marker("story")]
    # A module's stories may share what took a minute to prepare: they stay together, the largest module first.
    modules = sorted((list(found) for _, found in groupby(stories, lambda item: item.path)), key=len, reverse=True)
    rest = [item for item in items if not item.get_closest_marker("story")]
    tellers = max(1, workers // 2)
    shares = [list(chain.from_iterable(modules[number::tellers])) if number < tellers else [] for number in range(workers)]
    # Each worker is dealt an equal, unbroken part (`--dist worksteal`), and takes from the others' ends when it is through.
    length = -(-len(items) // workers)
    for share in shares:
        room = length - len(share)
        share += rest[:room]
        del rest[:room]
    items[:] = [item for share in shares for item in share]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage, again and again, takes a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """A file rather than memory on SQLite: threads with connections of their own lock it as in production.

    On PostgreSQL the name tells checkouts, VAR_DIRs and xdist workers apart, so that they share a server.
    """
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    else:
        place = sha256(f"{django_settings.BASE_DIR}:{django_settings.VAR_DIR}".encode()).hexdigest()[:8]
        name = f"test_iterable_admin_{place}_{worker_id}"
    database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    with patch.object(TransactionTestCase, "_fixture_teardown", lambda test: empty_database()):
        yield


@pytest.fixture
def sandbox(settings: Any) -> Iterator[RunningSandbox]:
    """An Iterable on loopback, empty but for its catalogue, with the settings pointing at it and nothing held back by rate."""
    with running_sandbox() as running:
        settings.ITERABLE_BASE_URL = running.url
        settings.ITERABLE_API_KEY = "0123456789abcdef0123456789abcdef"
        settings.ITERABLE_SETTLE_SECONDS = 0
        settings.ITERABLE_RATE_LIMIT_SCALE = 10_000
        # The wait before a next try is drawn by chance from nothing upwards: stretched, none is over by itself within a test.
        settings.DELIVERY_RETRY_SCALE = 10_000
        settings.SENDING = "live"
        settings.SENDING_ALLOW_LIST = ["*"]
        yield running


@pytest.fixture
def seeded(db: None) -> None:
    """The rows that every installation starts with: event types, message types, journeys, DRIs, groups."""
    seed()


@pytest.fixture
def source(db: None) -> Source:
    return Source.objects.create(name="CustomersDot", scopes=[scope.value for scope in Source.Scope])


class JsonClient(APIClient):
    default_format = "json"


@pytest.fixture
def api(source: Source) -> JsonClient:
    """Calls the REST API as a source that may do everything."""
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(source)}")
    return client


@dataclass(frozen=True)
class People:
    """Everybody may log in to the admin; the outsider is in no group."""

    campaigns_owner: User
    technical_owner: User
    business_owner: User
    outsider: User


@pytest.fixture
def people(seeded: None) -> People:
    return People(
        campaigns_owner=member_of("Campaigns owner"),
        technical_owner=member_of("Technical owner"),
        business_owner=member_of("Business owner"),
        outsider=User.objects.create_user("outsider", is_staff=True),
    )


def member_of(group: str) -> User:
    account = User.objects.create_user(group.lower().replace(" ", "_"), is_staff=True)
    account.groups.add(Group.objects.get(name__iexact=group))
    return account


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def campaigns(people: People) -> Client:
    return signed_in(people.campaigns_owner)


@pytest.fixture
def technical(people: People) -> Client:
    return signed_in(people.technical_owner)


@pytest.fixture
def business(people: People) -> Client:
    return signed_in(people.business_owner)


@pytest.fixture
def outsider(people: People) -> Client:
    return signed_in(people.outsider)


@pytest.fixture
def superuser(db: None) -> Client:
    return signed_in(User.objects.create_superuser("root"))


@pytest.fixture
def drain(db: None) -> Callable[[], None]:
    """Processes the inbox and sends the outbox, here and now, until neither moves."""

    def nothing_came_in() -> bool:
        return not Event.objects.open().exists()

    def until_still() -> None:
        for _ in range(MOST_ROUNDS):
            # What waits for an event that came in meanwhile would wait in vain: nobody else reads the inbox.
            if not (process_all() + drain_outbox(may_linger=nothing_came_in)):
                return
        raise AssertionError(f"The pipes still move after {MOST_ROUNDS} rounds.")

    return until_still


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis to use and to flush, in its last database; without a server the test is skipped."""
    import redis

    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    try:
        cast(Any, redis.Redis.from_url(url, socket_connect_timeout=1)).ping()
    except redis.RedisError:
        pytest.skip("No Redis answers.")
    return url
