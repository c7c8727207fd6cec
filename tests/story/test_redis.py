from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, cast

import pytest
import redis

from tests.story.conftest import Stage, until

pytestmark = pytest.mark.story

# A database of its own, so that nobody else's keys are flushed with it.
URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15").rpartition("/")[0] + "/14"


@pytest.fixture
def broker() -> Iterator[Any]:
    client = cast(Any, redis.Redis.from_url(URL, socket_connect_timeout=1))
    try:
        client.flushdb()
    except redis.RedisError:
        pytest.skip("No Redis answers.")
    yield client
    client.flushdb()
    client.close()


def post_trials(stage: Stage, start: int, count: int) -> None:
    trials = [{"eventName": "SaaS Trials", "email": f"p{number}@example.com"} for number in range(start, start + count)]
    stage.post("events/bulk/", {"events": trials})


def arrived(stage: Stage) -> int:
    return int(stage.ask("/sandbox/counts.json")["events"])


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("stage", [{"settings": {"REDIS_URL": URL}}], indirect=True, ids=["redis"])
def test_events_arrive_by_redis_and_also_when_it_forgets_its_wake_ups(stage: Stage, broker: Any) -> None:
    post_trials(stage, 0, 100)
    until(lambda: arrived(stage) == 100, what="100 events by Redis")
    # The wake-up itself may be taken, or be one with an earlier one: the cluster's own sign of life stays.
    until(lambda: broker.keys("django_q:*"), what="a cluster that lives by Redis")
    stage.kill_all_of("worker")
    post_trials(stage, 100, 100)
    broker.flushdb()
    stage.start_workers()
    until(lambda: arrived(stage) == 200, 100, what="the sweep to find the other 100")
    assert [stage.events(f"p{number}@example.com") for number in range(200)] == [["SaaS Trials"]] * 200
