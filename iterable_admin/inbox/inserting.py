"""Insert events and learn in the same statement which of them were news."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field

from iterable_admin.copying import column_list, copy_into, values_of
from iterable_admin.inbox.models import Event

# The ORM cannot say which rows an `ON CONFLICT DO NOTHING` left out: it took a second query for each request, and most
# of a request's time goes into making queries. Hence SQL by hand; PostgreSQL and SQLite (3.35) both speak it.
INSERT = "INSERT INTO inbox_event ({columns}) {rows} ON CONFLICT DO NOTHING RETURNING uuid"
# Many rows travel by COPY into a table of their own first: with a thousand of them in VALUES the driver spends longer on
# finding the placeholders than the server on the rows.
MANY = 50
ARRIVING = "CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {columns} FROM inbox_event WITH NO DATA"


def insert_news(events: Sequence[Event]) -> set[uuid.UUID]:
    """Returns the ids of those that were stored; the others met an earlier one with the same key. One transaction if many."""
    if connection.vendor == "postgresql" and len(events) >= MANY:
        return _insert_by_copy(events)
    size = max(1, connection.ops.bulk_batch_size(_fields(), list(events)))
    batches = [events[start : start + size] for start in range(0, len(events), size)]
    return {stored for batch in batches for stored in _insert(batch)}


def _insert(events: Sequence[Event]) -> set[uuid.UUID]:
    values = [value for event in events for value in values_of(event, _fields())]
    with connection.cursor() as cursor:
        cursor.execute(_statement(len(events)), values)
        # PostgreSQL gives a UUID, SQLite the text that it keeps.
        return {found if isinstance(found, uuid.UUID) else uuid.UUID(found) for (found,) in cursor.fetchall()}


@lru_cache(maxsize=16)
def _statement(rows: int) -> str:
    row = f"({', '.join(['%s'] * len(_fields()))})"
    return INSERT.format(columns=column_list(_fields()), rows=f"VALUES {', '.join([row] * rows)}")


def _insert_by_copy(events: Sequence[Event]) -> set[uuid.UUID]:
    columns = column_list(_fields())
    with connection.cursor() as cursor:
        cursor.execute(ARRIVING.format(columns=columns))
        copy_into(cursor, "arriving", _fields(), events)
        cursor.execute(INSERT.format(columns=columns, rows=f"SELECT {columns} FROM arriving"))  # noqa: S608 - our own column names
        stored = {found for (found,) in cursor.fetchall()}
        cursor.execute("DROP TABLE arriving")
    return stored


@cache
def _fields() -> list[Field[Any, Any]]:
    return [field for field in Event._meta.concrete_fields if not (field.primary_key or field.generated)]
