from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, Stored, store
from iterable_admin.waking.models import WakeUp
from tests.factories import SourceFactory


def incoming(key: str = "", content: bytes = b"{}", **more: Any) -> Incoming:
    return Incoming(door=Event.Door.EVENT, lane="lane", name="SaaS Trials", repeat_key=key, content=content, **more)


def store_one(source: Source, item: Incoming) -> Stored:
    return store(source, [item])[0]


def test_what_is_news_becomes_an_event_as_understood(source: Source) -> None:
    stored = store_one(source, incoming(email="ada@example.com", payload={"a": 1}, flags=["odd"], caller_id="id-1"))
    event = Event.objects.get()
    assert stored == Stored(event.uuid, "received")
    assert (event.email, event.payload, event.flags, event.caller_id) == ("ada@example.com", {"a": 1}, ["odd"], "id-1")


def test_the_same_key_and_content_answer_with_the_first(source: Source) -> None:
    first = store_one(source, incoming("key"))
    assert store_one(source, incoming("key")) == Stored(first.uuid, "received", duplicate=True)
    assert Event.objects.count() == 1


def test_a_repeat_tells_how_far_the_first_has_come(source: Source) -> None:
    first = store_one(source, incoming("key"))
    Event.objects.update(state="done")
    assert store_one(source, incoming("key")) == Stored(first.uuid, "done", duplicate=True)


def test_the_callers_own_key_with_other_content_is_a_conflict(source: Source) -> None:
    first = store_one(source, incoming("key", b"1", key_is_callers=True))
    assert store_one(source, incoming("key", b"2", key_is_callers=True)) == Stored(first.uuid, "received", conflict=True)
    assert Event.objects.count() == 1


def test_our_own_key_with_other_content_makes_a_follower(source: Source) -> None:
    first = store_one(source, incoming("key", b"1"))
    second = store_one(source, incoming("key", b"2"))
    assert (second.duplicate, second.conflict) == (False, False)
    assert Event.objects.get(uuid=second.uuid).duplicate_of == Event.objects.get(uuid=first.uuid)


def test_a_follower_repeated_answers_with_the_follower(source: Source) -> None:
    store_one(source, incoming("key", b"1"))
    second = store_one(source, incoming("key", b"2"))
    assert store_one(source, incoming("key", b"2")) == Stored(second.uuid, "received", duplicate=True)
    assert Event.objects.count() == 2


def test_without_a_key_nothing_is_a_repeat(source: Source) -> None:
    assert len({store_one(source, incoming()).uuid for _ in range(3)}) == 3


def test_another_source_may_use_the_same_key(source: Source) -> None:
    other = SourceFactory.create()
    assert store_one(source, incoming("key")).uuid != store_one(other, incoming("key")).uuid
    assert Event.objects.count() == 2


def test_what_has_errors_is_kept_as_rejected_and_blocks_no_key(source: Source) -> None:
    rejected = store_one(source, incoming("key", errors={"email": "is missing"}))
    event = Event.objects.get()
    assert (rejected.state, event.reason_code, event.reason) == ("rejected", "invalid", "email: is missing")
    assert store_one(source, incoming("key")).duplicate is False


def test_repeats_within_one_request_are_told_apart_in_order(source: Source) -> None:
    contents = [b"1", b"2", b"1", b"2"]
    stored = store(source, [incoming("key", content) for content in contents])
    assert [row.duplicate for row in stored] == [False, False, True, True]
    assert [row.uuid for row in stored[2:]] == [row.uuid for row in stored[:2]]
    assert Event.objects.count() == 2


def test_events_keep_the_order_of_the_request(source: Source) -> None:
    stored = store(source, [incoming(email=f"{number}@example.com") for number in range(20)])
    rows = Event.objects.order_by("pk")
    assert [row.uuid for row in stored] == [row.uuid for row in rows]
    assert [row.email for row in rows] == [f"{number}@example.com" for number in range(20)]


def test_what_the_columns_cannot_hold_is_cut(source: Source) -> None:
    store_one(source, incoming(path="p" * 300, request_id="r" * 100, content_type="c" * 200))
    event = Event.objects.get()
    assert (len(event.path), len(event.request_id), len(event.content_type)) == (200, 64, 100)


def test_when_it_happened_is_kept_beside_when_it_came(source: Source) -> None:
    then = datetime(2023, 6, 11, tzinfo=UTC)
    store_one(source, incoming(occurred_at=then))
    event = Event.objects.get()
    assert (event.occurred_at, event.received_at > then) == (then, True)


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_once_the_events_are_committed(source: Source) -> None:
    WakeUp.objects.get_or_create(name="inbox")
    store(source, [incoming(), incoming()])
    assert WakeUp.objects.get(name="inbox").pending is True


@pytest.mark.django_db(transaction=True)
def test_what_is_only_rejected_wakes_nobody(source: Source) -> None:
    store_one(source, incoming(errors={"email": "is missing"}))
    assert not WakeUp.objects.filter(pending=True).exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_request_sent_many_times_at_once_is_stored_once(source: Source) -> None:
    def send(_: int) -> Stored:
        try:
            return store_one(source, incoming("key"))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(send, range(8)))
    assert len({row.uuid for row in stored}) == 1
    assert sorted(row.duplicate for row in stored) == [False] + [True] * 7
    assert Event.objects.count() == 1
