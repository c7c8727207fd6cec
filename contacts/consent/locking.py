"""Advisory locks of PostgreSQL, each kind apart from the others, held until the transaction ends.

SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, unique

from django.db import connection

# So many of a kind, because one lock a person would fill the server's table of locks.
STRIPES = 256
ALL = "SELECT pg_advisory_xact_lock(%s, stripe) FROM (SELECT unnest(%s::int[]) AS stripe ORDER BY 1) AS stripes"
ONE, SHARED = "SELECT pg_advisory_xact_lock(%s, 0)", "SELECT pg_advisory_xact_lock_shared(%s, 0)"


@unique
class Lock(IntEnum):
    """Two kinds under one number would wait for each other. Taken in the order USERS, LEDGER, so that nobody waits crosswise."""

    LEDGER = 1_279_546_189
    USERS = 1_279_546_190
    ERASING = 1_279_546_191


def lock_each(kind: Lock, keys: Collection[str]) -> None:
    """In one order, so that two who lock several never wait crosswise."""
    if keys:
        _execute(ALL, kind, sorted({stripe_of(key) for key in keys}))


def lock(kind: Lock) -> None:
    _execute(ONE, kind)


def lock_shared(kind: Lock) -> None:
    """With others who share it; whoever has it alone waits for all of them."""
    _execute(SHARED, kind)


def stripe_of(key: str) -> int:
    return sum(key.encode()) % STRIPES


def _execute(statement: str, *parameters: int | list[int]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
