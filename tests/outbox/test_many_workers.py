from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from iterable_admin.inbox import claiming as inbox_claiming
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, profile_update, tracked_event, unsubscription
from iterable_admin.outbox.limits import reserve
from iterable_admin.outbox.models import Attempt, Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import EventFactory
from tests.outbox.iterable import calls_to, channel_id

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """The same work in several threads that start together, each with a connection of its own."""
    barrier = Barrier(WORKERS)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def steps(person: int, cause: Cause) -> list[Delivery]:
    email = f"p{person}@example.com"
    return [
        profile_update(email, {"n": person}, cause),
        tracked_event(email, "SaaS Trials", {"n": person}, cause, id=f"e-{person}", created_at=1_700_000_000),
        unsubscription(email, CHANNEL, "Marketing Channel", 1, cause),
    ]


def test_no_two_workers_have_something_of_one_person_under_way(cause: Cause) -> None:
    enqueue([step for person in range(30) for step in steps(person, cause)])
    operations = ("profile", "unsubscribe", "track", "profile")
    taken = [row for rows in at_once(lambda number: claim(operations[number], 20)) for row in rows]
    assert max(Counter(row.lane for row in taken).values()) == 1
    assert {row.operation for row in taken} == {"unsubscribe"}


def test_no_two_workers_process_events_of_one_person(db: None) -> None:
    for person in range(20):
        EventFactory.create_batch(3, email=f"p{person}@example.com")
    taken = [row.lane for rows in at_once(lambda _: inbox_claiming.claim()) for row in rows]
    assert len(taken) == len(set(taken)) == 20
    assert Event.objects.filter(state="processing").count() == 20


def test_many_workers_deliver_everything_once_and_in_order(sandbox: RunningSandbox, cause: Cause) -> None:
    channel = channel_id(sandbox)
    rows = [step for person in range(40) for step in steps(person, cause)]
    for row in rows:
        row.payload |= {"id": channel} if row.operation == "unsubscribe" else {}
    enqueue(rows)
    at_once(lambda _: drain(30))
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {"delivered": 120}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert len(calls_to(sandbox, "/api/subscriptions")) == 40
    order = Delivery.objects.order_by("lane", "last_attempt__started_at").values_list("operation", flat=True)
    assert list(order) == ["unsubscribe", "profile", "track"] * 40


def test_all_workers_together_keep_to_the_projects_rate(db: None, settings: Any) -> None:
    """80 % of 50 calls a second, a tenth of a second's at the start."""
    settings.ITERABLE_RATE_LIMIT_SCALE = 1
    began = time.monotonic()
    granted = at_once(lambda _: sum(reserve("/api/users/updateSubscriptions", 10)[0] for _ in range(20)))
    seconds = time.monotonic() - began
    assert 4 <= sum(granted) <= 4 + 40 * seconds + 1


def test_each_call_of_a_drain_is_one_attempt(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(200)])
    at_once(lambda _: drain(30))
    assert Attempt.objects.count() == len(calls_to(sandbox, "/api/users/bulkUpdate"))
