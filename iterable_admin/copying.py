"""Insert many rows: by COPY where the database is PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import AutoField, Field, JSONField, Model

BATCH = 1_000
# The sequence is looked up once, which takes much longer than a step of it.
KEYS = """SELECT nextval(sequence) FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence OFFSET 0) AS found,
    generate_series(1, %s)"""
LAST_KEY = "SELECT seq FROM sqlite_sequence WHERE name = %s"
# A table of the session's own: what is copied there is put in place in one statement.
ARRIVING = "CREATE TEMPORARY TABLE IF NOT EXISTS {arriving} ON COMMIT DELETE ROWS AS SELECT {columns} FROM {table} WITH NO DATA"
UPSERT = "INSERT INTO {table} ({columns}) SELECT {columns} FROM {arriving} ON CONFLICT ({unique}) DO UPDATE SET {news}"

Convert = Callable[[Any], Any]


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


def insert_values(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows that nobody needs as objects, by the attributes `columns`. What they leave out has a default in the database."""
    if not rows:
        return
    by_attribute = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_attribute[name] for name in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy_values(cursor, model._meta.db_table, fields, rows)
        else:
            converters = [_converter(field) for field in fields]
            places = ", ".join(["%s"] * len(fields))
            told = [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows]
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.executemany(f"INSERT INTO {table} ({column_list(fields)}) VALUES ({places})", told)  # noqa: S608 - names of ours


def insert_keyed(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """As `insert_values`, in the transaction under way; returns the keys that the database gives them, in their order."""
    if not rows:
        return []
    meta = model._meta
    with connection.cursor() as cursor:
        keys = _new_keys(cursor, meta.db_table, str(meta.pk.column), len(rows))
    insert_values(model, (meta.pk.attname, *columns), [(key, *row) for key, row in zip(keys, rows, strict=True)])
    return keys


def _new_keys(cursor: Any, table: str, column: str, number: int) -> list[int]:
    """In ascending order. SQLite has one writer at a time, so that nobody else takes the next ones."""
    if connection.vendor == "postgresql":
        cursor.execute(KEYS, [table, column, number])
        return [key for (key,) in cursor.fetchall()]
    cursor.execute(LAST_KEY, [table])
    (last,) = cursor.fetchone() or (0,)
    return list(range(last + 1, last + number + 1))


def upsert_rows(rows: Sequence[Model], unique: Sequence[str], update: Sequence[str]) -> None:
    """Rows of one model; where the columns `unique` are there, `update` is overwritten.

    On PostgreSQL they travel by COPY, in the transaction under way: a fifth of the time of a thousand lines of placeholders.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy_and_merge(rows, unique, update)
    else:
        manager = type(rows[0])._default_manager
        manager.bulk_create(rows, batch_size=BATCH, update_conflicts=True, unique_fields=unique, update_fields=update)


@transaction.atomic
def _copy_and_merge(rows: Sequence[Model], unique: Sequence[str], update: Sequence[str]) -> None:
    meta, quote = rows[0]._meta, connection.ops.quote_name
    # A key that the database gives is not told.
    fields = [field for field in meta.concrete_fields if not (isinstance(field, AutoField) or field.generated)]
    arriving = f"arriving_{meta.db_table}"[:63]
    names = {
        "table": quote(meta.db_table),
        "arriving": quote(arriving),
        "columns": column_list(fields),
        "unique": ", ".join(map(quote, unique)),
        "news": ", ".join(f"{name} = EXCLUDED.{name}" for name in map(quote, update)),
    }
    with connection.cursor() as cursor:
        cursor.execute(ARRIVING.format(**names))
        copy_into(cursor, arriving, fields, rows)
        cursor.execute(UPSERT.format(**names))
        # The next call of this transaction finds it empty.
        cursor.execute(f"TRUNCATE {names['arriving']}")


def _copy(rows: Sequence[Model]) -> None:
    meta = rows[0]._meta
    with connection.cursor() as cursor:
        keys = _new_keys(cursor, meta.db_table, str(meta.pk.column), len(rows))
        for row, key in zip(rows, keys, strict=True):
            row.pk = key
        copy_into(cursor, meta.db_table, [field for field in meta.concrete_fields if not field.generated], rows)
    for row in rows:
        row._state.adding = False


def copy_into(cursor: Any, table: str, fields: Sequence[Field[Any, Any]], rows: Sequence[Model]) -> None:
    _copy_values(cursor, table, fields, ([field.pre_save(row, add=True) for field in fields] for row in rows))


def _copy_values(cursor: Any, table: str, fields: Sequence[Field[Any, Any]], rows: Iterable[Sequence[Any]]) -> None:
    nested = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({column_list(fields)}) FROM STDIN") as copy:
        for row in rows:
            values = list(row)
            for place in nested:
                values[place] = _json(values[place])
            copy.write_row(values)


def _json(value: Any) -> Any:
    """Django's own way to JSON costs more than the writing."""
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # A number beyond 64 bits.
        return json.dumps(value)


def values_of(row: Model, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    """For a statement with placeholders, as the driver takes them: towards PostgreSQL only JSON needs Django's help."""
    database = connections[DEFAULT_DB_ALIAS]
    all_of_them = database.vendor != "postgresql"
    return [
        field.get_db_prep_save(value, database) if all_of_them or isinstance(field, JSONField) else value
        for field in fields
        for value in [field.pre_save(row, add=True)]
    ]


def _converter(field: Field[Any, Any]) -> Convert:
    return lambda value: field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


def column_list(fields: Sequence[Field[Any, Any]]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
