"""Locks of one kind wait for each other, and for no other kind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import OperationalError, connection, connections, transaction

from contacts.consent.locking import STRIPES, Lock, lock, lock_each, lock_shared

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time, and no such locks"),
]
EVERYBODY = [chr(32 + number) for number in range(STRIPES)]


def waits(take: Callable[[], None]) -> bool:
    """Whether somebody else, in a transaction of their own, has to wait for it."""

    def attempt() -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                take()
        except OperationalError:
            return True
        finally:
            connections.close_all()
        return False

    with ThreadPoolExecutor(1) as other:
        return other.submit(attempt).result()


@transaction.atomic
def test_a_person_who_is_locked_is_waited_for_and_others_are_not() -> None:
    lock_each(Lock.LEDGER, ["a"])
    assert [waits(partial(lock_each, Lock.LEDGER, [key])) for key in "ab"] == [True, False]


@transaction.atomic
def test_whoever_has_it_alone_waits_for_those_who_share_it() -> None:
    lock_shared(Lock.ERASING)
    assert [waits(partial(lock_shared, Lock.ERASING)), waits(partial(lock, Lock.ERASING))] == [False, True]


@transaction.atomic
@pytest.mark.parametrize("kind", [Lock.LEDGER, Lock.USERS])
def test_no_person_is_taken_for_the_lock_of_erasures(kind: Lock) -> None:
    lock_shared(Lock.ERASING)
    assert not waits(partial(lock_each, kind, EVERYBODY))
