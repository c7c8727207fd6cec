"""The shared buckets: whose they are, what a day holds, what a 429 leaves behind."""

from __future__ import annotations

import time
from typing import Any

import pytest

from iterable_admin.outbox import limits
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.limits import DAY, HOUR, give_turns_back, pause_endpoint, project, reserve
from iterable_admin.outbox.models import HourOfCalls, RateBucket
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.iterable import fail

pytestmark = pytest.mark.django_db(transaction=True)

FORGET, PROFILES, EXPORT = "/api/users/forget", "/api/users/bulkUpdate", "/api/export/start"


@pytest.fixture
def key(settings: Any) -> str:
    settings.ITERABLE_API_KEY = "fedcba9876543210fedcba9876543210"
    settings.ITERABLE_RATE_LIMIT_SCALE = 1
    return str(settings.ITERABLE_API_KEY)


def at(monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    """Sets the database's clock as the buckets see it."""
    true = limits._locked
    monkeypatch.setattr(limits, "_locked", lambda endpoint, limit: (true(endpoint, limit)[0], moment))


def take_all(endpoint: str) -> int:
    taken = 0
    while granted := reserve(endpoint, 100)[0]:
        taken += granted
        RateBucket.objects.update(next_free_at=0)
    return taken


def test_two_projects_in_one_database_share_nothing_but_their_organization(key: str, settings: Any) -> None:
    assert [reserve(PROFILES)[0], reserve(PROFILES)[0], reserve(EXPORT)[0]] == [1, 0, 1]
    settings.ITERABLE_API_KEY = "another-key-of-another-project-00"
    assert [reserve(PROFILES)[0], reserve(EXPORT)[0]] == [1, 0]
    assert RateBucket.objects.filter(endpoint=PROFILES).count() == 2


def test_the_name_of_a_project_tells_nothing_of_its_key(key: str, settings: Any) -> None:
    name = project()
    assert (len(name), key[:8] in name) == (16, False)
    settings.ITERABLE_BASE_URL = "https://api.eu.iterable.com"
    assert project() != name


def test_eight_hundred_may_be_forgotten_in_any_24_hours(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = float(1_800_000_000 // DAY * DAY + DAY // 2)
    at(monkeypatch, noon)
    assert take_all(FORGET) == 800
    assert reserve(FORGET) == (0, HOUR)
    for later in (HOUR, DAY - 1, DAY):
        at(monkeypatch, noon + later)
        assert reserve(FORGET)[0] == 0
    at(monkeypatch, noon + DAY + HOUR)
    assert take_all(FORGET) == 800


def test_a_day_is_counted_over_the_hours_in_which_the_calls_left(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in range(4):
        at(monkeypatch, 1_800_000_000.0 + hour * HOUR)
        assert reserve(FORGET, 1)[0] == 1
    assert list(HourOfCalls.objects.order_by("hour").values_list("hour", "calls")) == [(500_000 + n, 1) for n in range(3)]
    assert limits.calls_of_a_day(RateBucket.objects.get(), 1_800_000_000.0 + 3 * HOUR) == 4


@pytest.mark.parametrize(
    ("endpoint", "most"),
    [(PROFILES, 4), ("/api/events/trackBulk", 8), (FORGET, 2), ("/api/users/updateSubscriptions", 40)],
)
def test_no_second_wherever_it_begins_holds_more_than_four_fifths(
    key: str, monkeypatch: pytest.MonkeyPatch, endpoint: str, most: int
) -> None:
    clock = iter(range(0, 2500, 25))
    true, now = limits._locked, [0]
    monkeypatch.setattr(limits, "_locked", lambda endpoint, limit: (true(endpoint, limit)[0], 1_800_000_000 + now[0] / 1000))
    taken: list[int] = []
    for now[0] in clock:
        taken += [now[0]] * reserve(endpoint, 100)[0]
    assert max(sum(start <= moment < start + 1000 for moment in taken) for start in taken) == most


def test_what_was_reserved_and_not_called_may_be_called_by_others(key: str) -> None:
    lookups = "/api/users/getByEmail"
    assert reserve(lookups, 100)[0] == 8
    give_turns_back(lookups, 5)
    assert 5 <= reserve(lookups, 100)[0] <= 8


def test_a_pause_holds_for_every_process_and_says_since_when(key: str) -> None:
    began = time.time()
    pause_endpoint(PROFILES, 90)
    granted, wait = reserve(PROFILES)
    bucket = RateBucket.objects.get()
    assert granted == 0
    assert 85 < wait <= 90.3
    assert round(bucket.paused_until - bucket.last_429_at) == 90
    assert abs(bucket.last_429_at - began) < 5


def test_reads_of_the_configured_client_go_through_the_buckets_too(sandbox: RunningSandbox) -> None:
    connect().users.fields()
    fail(sandbox, "/api/channels", 429)
    with pytest.raises(Exception, match=r"^429"):
        connect().channels.all()
    told = {bucket.endpoint: (bucket.minute_calls, bucket.last_429_at > 0) for bucket in RateBucket.objects.all()}
    assert told == {"/api/users/getFields": (1, False), "/api/channels": (1, True)}
