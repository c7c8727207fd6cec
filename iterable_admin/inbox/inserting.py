"""Insert events and learn in the same statement which of them were news."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field

from iterable_admin.inbox.models import Event

# The ORM cannot say which rows an `ON CONFLICT DO NOTHING` left out: it took a second query for each request, and most
# of a request's time goes into making queries. Hence SQL by hand; PostgreSQL and SQLite (3.35) both speak it.
INSERT = "INSERT INTO {table} ({columns}) VALUES {rows} ON CONFLICT DO NOTHING RETURNING {uuid}"


def insert_news(events: Sequence[Event]) -> set[uuid.UUID]:
    """Returns the ids of those that were stored; the others met an earlier one with the same key. One transaction if many."""
    fields = _fields()
    size = max(1, connection.ops.bulk_batch_size(fields, list(events)))
    stored: set[uuid.UUID] = set()
    for start in range(0, len(events), size):
        stored |= _insert(fields, events[start : start + size])
    return stored


def _insert(fields: list[Field[Any, Any]], events: Sequence[Event]) -> set[uuid.UUID]:
    values = [field.get_db_prep_save(getattr(event, field.attname), connection) for event in events for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_statement(len(events)), values)
        # PostgreSQL gives a UUID, SQLite the text that it keeps.
        return {row if isinstance(row, uuid.UUID) else uuid.UUID(row) for (row,) in cursor.fetchall()}


@cache
def _fields() -> list[Field[Any, Any]]:
    return [field for field in Event._meta.concrete_fields if not (field.primary_key or field.generated)]


def _statement(rows: int) -> str:
    quote = connection.ops.quote_name
    fields = _fields()
    row = f"({', '.join(['%s'] * len(fields))})"
    return INSERT.format(
        table=quote(Event._meta.db_table),
        columns=", ".join(quote(str(field.column)) for field in fields),
        rows=", ".join([row] * rows),
        uuid=quote("uuid"),
    )
