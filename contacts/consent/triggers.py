"""The database itself refuses to change or remove what the ledger says; on both databases, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("consent_subscriptionchange", "consent_ledgerseal")
REFUSAL = "The ledger is append-only."

# TRUNCATE fires statement triggers only; UPDATE and DELETE are refused for each statement too, even where it finds no row.
POSTGRES_BODY = f" BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END "
POSTGRES_FUNCTION = f"""CREATE OR REPLACE FUNCTION consent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$${POSTGRES_BODY}$$"""
POSTGRES_TRIGGER = """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse_change()"""
# Also in a session that plays a replica (session_replication_role), which skips ordinary triggers.
POSTGRES_ALWAYS = "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only"
# INSERT OR REPLACE removes whatever row is in its way, by any unique key, without firing that row's DELETE trigger.
IN_THE_WAY = {
    "consent_subscriptionchange": ("id", "address_key, cause, cause_id, target, target_key, verdict"),
    "consent_ledgerseal": ("id", "last_id"),
}
SQLITE_TRIGGERS = {
    "update": "BEFORE UPDATE ON {table}",
    "delete": "BEFORE DELETE ON {table}",
    "replace": "BEFORE INSERT ON {table} WHEN {in_the_way}",
}
SQLITE_THERE = "EXISTS (SELECT 1 FROM {table} WHERE {same})"
SQLITE_TRIGGER = "CREATE TRIGGER {table}_no_{name} {event} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"

# Before the statement and for the whole of it, on update, delete and truncate: the bits of pg_trigger.tgtype.
UPDATE_DELETE_TRUNCATE = 2 | 8 | 16 | 32
# With no condition and no list of columns, under which a trigger would look away.
POSTGRES_CATALOGUE = """
SELECT tgname, concat_ws(' ', tgrelid::regclass, tgenabled, tgtype, prosrc, tgqual, NULLIF(tgattr::text, ''))
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)"""
SQLITE_CATALOGUE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


def install(connection: BaseDatabaseWrapper) -> None:
    """For a migration; what is there already is replaced."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION)
        for table in TABLES:
            for statement in _statements(connection, table):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            for name in names(connection, table):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should be there and are not, are switched off, or do something else."""
    there = _there(connection)
    return [
        name
        for table in TABLES
        for name, wanted in zip(names(connection, table), _wanted(connection, table), strict=True)
        if there.get(name) != wanted
    ]


def _there(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """What each trigger does, by name."""
    with connection.cursor() as cursor:
        cursor.execute(POSTGRES_CATALOGUE if connection.vendor == "postgresql" else SQLITE_CATALOGUE)
        return {name: " ".join(str(does).split()) for name, does in cursor.fetchall()}


def _wanted(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [f"{table} A {UPDATE_DELETE_TRUNCATE} {' '.join(POSTGRES_BODY.split())}"]
    return [" ".join(statement.split()) for statement in _statements(connection, table)]


def names(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [f"{table}_append_only"]
    return [f"{table}_no_{name}" for name in SQLITE_TRIGGERS]


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """For a test suite's own flush."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def _statements(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [POSTGRES_TRIGGER.format(table=table), POSTGRES_ALWAYS.format(table=table)]
    return [
        SQLITE_TRIGGER.format(
            table=table, name=name, event=event.format(table=table, in_the_way=_in_the_way(table)), refusal=REFUSAL
        )
        for name, event in SQLITE_TRIGGERS.items()
    ]


def _in_the_way(table: str) -> str:
    keys = [[column.strip() for column in key.split(",")] for key in IN_THE_WAY[table]]
    same = (" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    return " OR ".join(SQLITE_THERE.format(table=table, same=one) for one in same)
