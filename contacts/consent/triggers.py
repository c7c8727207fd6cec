"""The database itself refuses to change or remove what the ledger says; on both databases, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("consent_subscriptionchange", "consent_ledgerseal")
REFUSAL = "The ledger is append-only."

# TRUNCATE fires statement triggers only; UPDATE and DELETE are refused for each statement too, even where it finds no row.
POSTGRES_FUNCTION = f"""CREATE OR REPLACE FUNCTION consent_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"""
POSTGRES_TRIGGER = """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse_change()"""
# INSERT OR REPLACE removes the old row without firing its DELETE trigger.
SQLITE_TRIGGERS = {
    "update": "BEFORE UPDATE ON {table}",
    "delete": "BEFORE DELETE ON {table}",
    "replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
}
SQLITE_TRIGGER = "CREATE TRIGGER {table}_no_{name} {event} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"


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
    """The triggers that should be there and are not, or are switched off."""
    catalogue = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        there = {name for (name,) in cursor.fetchall()}
    return [name for table in TABLES for name in names(connection, table) if name not in there]


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
        return [POSTGRES_TRIGGER.format(table=table)]
    return [
        SQLITE_TRIGGER.format(table=table, name=name, event=event.format(table=table), refusal=REFUSAL)
        for name, event in SQLITE_TRIGGERS.items()
    ]
