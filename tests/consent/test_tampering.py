"""Somebody who has the database, and lifts its guard: what they did is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from contacts.consent.hashing import COLUMNS, hash_of
from contacts.consent.models import LedgerSeal, SubscriptionChange
from contacts.consent.sealing import seal
from contacts.consent.triggers import install, lifted, missing
from contacts.consent.verifying import faults
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
LEDGER, SEALS = SubscriptionChange._meta.db_table, LedgerSeal._meta.db_table
UNIQUE = "address_key, cause, cause_id, target, target_key, verdict"


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def behind_the_guard(statement: str, *values: Any) -> None:
    with lifted(connection):
        sql(statement, *values)
        if connection.vendor == "postgresql":
            sql("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def rows() -> list[SubscriptionChange]:
    """Two addresses, in turn; the first four rows are sealed twice, the last two are not."""
    made = []
    for number in range(6):
        at = NOON + timedelta(hours=number)
        made.append(SubscriptionChangeFactory.create(address_key="ab"[number % 2] * 64, occurred_at=at, received_at=at))
        if number in (1, 3):
            seal()
    return made


def said() -> str:
    out = StringIO()
    with pytest.raises(CommandError, match=r"\d+ faults: compare with a backup") as refused:
        call_command("verify_ledger", stdout=out)
    assert refused.value.returncode == 1
    return out.getvalue()


def another(value: Any) -> Any:
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return f"{value}x"[-64:] if isinstance(value, str) else 1


def stored(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def test_what_is_hashed_is_every_column_but_the_key_and_the_hash_itself() -> None:
    assert set(COLUMNS) == {field.attname for field in SubscriptionChange._meta.concrete_fields} - {"id", "hash"}


@pytest.mark.parametrize("column", [*COLUMNS, "hash"])
def test_a_change_of_any_column_is_found(rows: list[SubscriptionChange], column: str) -> None:
    changed = another(getattr(rows[2], column)) if column != "supersedes_id" else rows[0].pk
    behind_the_guard(f"UPDATE {LEDGER} SET {column} = %s WHERE id = %s", stored(changed), rows[2].pk)
    assert f"Ledger row {rows[2].pk} was changed" in said()


@pytest.mark.parametrize("number", range(6), ids=["first", "", "middle", "last sealed", "unsealed", "last"])
def test_a_row_that_was_removed_is_missed_wherever_it_stood(rows: list[SubscriptionChange], number: int) -> None:
    behind_the_guard(f"DELETE FROM {LEDGER} WHERE id = %s", rows[number].pk)
    assert len(list(faults())) >= 1


@pytest.mark.parametrize("column", ["occurred_at", "received_at", "hash", "id"])
@pytest.mark.parametrize(("one", "other"), [(0, 2), (0, 1), (2, 4)], ids=["one address", "two addresses", "sealed and not"])
def test_two_rows_that_changed_places_are_found(rows: list[SubscriptionChange], column: str, one: int, other: int) -> None:
    first, second = rows[one].pk, rows[other].pk
    if column == "id":
        # By way of an id that is free.
        for old, new in ((first, -1), (second, first), (-1, second)):
            behind_the_guard(f"UPDATE {LEDGER} SET id = %s WHERE id = %s", new, old)
    else:
        for pk, value in ((first, getattr(rows[other], column)), (second, getattr(rows[one], column))):
            behind_the_guard(f"UPDATE {LEDGER} SET {column} = %s WHERE id = %s", stored(value), pk)
    assert len(list(faults())) >= 1


@pytest.mark.parametrize("hashed", [True, False])
def test_a_forged_row_below_the_last_seal_is_found_even_with_a_right_hash(rows: list[SubscriptionChange], hashed: bool) -> None:
    forged = SubscriptionChangeFactory.build(pk=-5, address_key="z" * 64, verdict="granted")
    forged.hash = hash_of(forged) if hashed else "f" * 64
    SubscriptionChange.objects.bulk_create([forged])
    first = LedgerSeal.objects.earliest("pk")
    assert f"Seal {first.pk} covers 2 ledger rows, of which 3 are there" in said()


def test_a_forged_row_at_the_end_is_found_without_the_hash_before(rows: list[SubscriptionChange]) -> None:
    forged = SubscriptionChangeFactory.build(address_key=rows[0].address_key, verdict="granted")
    forged.hash = hash_of(forged)
    SubscriptionChange.objects.bulk_create([forged])
    assert f"Before ledger row {forged.pk}" in said()


@pytest.mark.parametrize("column", ["first_id", "last_id", "rows", "previous_digest", "digest", "sealed_at"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_seal_that_was_changed_is_found(rows: list[SubscriptionChange], column: str, number: int) -> None:
    made = LedgerSeal.objects.order_by("pk")[number]
    changed = getattr(made, column)
    changed = changed - 1 if isinstance(changed, int) else another(changed)
    behind_the_guard(f"UPDATE {SEALS} SET {column} = %s WHERE id = %s", stored(changed), made.pk)
    assert f"Seal {made.pk}" in said()


def test_a_removed_seal_is_missed_by_the_next_one(rows: list[SubscriptionChange]) -> None:
    first, second = LedgerSeal.objects.order_by("pk")
    behind_the_guard(f"DELETE FROM {SEALS} WHERE id = %s", first.pk)
    assert f"Seal {second.pk} does not follow the seal before it" in said()


def test_a_digest_that_was_kept_elsewhere_tells_that_seals_were_removed(rows: list[SubscriptionChange]) -> None:
    kept = LedgerSeal.objects.latest("pk").digest
    call_command("verify_ledger", digest=kept, stdout=StringIO())
    behind_the_guard(f"DELETE FROM {SEALS}")
    call_command("verify_ledger", stdout=StringIO())
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_ledger", digest=kept, stdout=StringIO())


def test_the_command_tells_how_far_it_is_sealed_and_that_a_seal_is_late(
    rows: list[SubscriptionChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, later = StringIO(), timezone.now() + timedelta(hours=3)
    last = LedgerSeal.objects.latest("pk")
    call_command("verify_ledger", stdout=out)
    assert f"✓ 6 rows as they were written.\nSealed up to row {rows[3].pk} with {last.digest}; 2 rows since." in out.getvalue()
    assert "two hours" not in out.getvalue()
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    call_command("verify_ledger", stdout=out)
    assert "more than two hours ago" in out.getvalue()


def _without(statement: str) -> list[str]:
    with transaction.atomic():
        sql(statement)
        found = missing(connection)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("table", [LEDGER, SEALS])
def test_a_trigger_that_was_taken_out_or_does_nothing_is_told(table: str) -> None:
    if connection.vendor == "postgresql":
        name = f"{table}_append_only"
        less = f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION consent_refuse_change()"
        nothing = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
        tricks = [
            f"DROP TRIGGER {name} ON {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER {name}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TRIGGER {name} ON {table}; {less}",
            f"CREATE OR REPLACE FUNCTION consent_refuse_change() {nothing}",
        ]
    else:
        name, tricks = f"{table}_no_delete", [f"DROP TRIGGER {table}_no_delete"]
    assert all(name in _without(trick) for trick in tricks)


def test_a_trigger_of_the_same_name_that_does_nothing_is_told_on_sqlite_too() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's is tried above.")
    with transaction.atomic():
        sql(f"DROP TRIGGER {LEDGER}_no_delete")
        sql(f"CREATE TRIGGER {LEDGER}_no_delete BEFORE DELETE ON {LEDGER} WHEN 0 BEGIN SELECT 1; END")
        assert missing(connection) == [f"{LEDGER}_no_delete"]
        transaction.set_rollback(True)


def _again(model: type[Any]) -> str:
    """Each row once more, less its id: by the table's other unique columns it is in the way of itself."""
    columns = ", ".join(str(field.column) for field in model._meta.concrete_fields if field.column != "id")
    return f"INTO {model._meta.db_table} ({columns}) SELECT {columns} FROM {model._meta.db_table} WHERE true"


@pytest.mark.parametrize(("model", "unique"), [(SubscriptionChange, UNIQUE), (LedgerSeal, "last_id")])
def test_no_row_is_overwritten_by_way_of_its_other_unique_columns(
    rows: list[SubscriptionChange], model: type[Any], unique: str
) -> None:
    before = list(model.objects.values_list())
    statements = [f"INSERT {_again(model)} ON CONFLICT ({unique}) DO UPDATE SET id = -7"]
    if connection.vendor == "sqlite":
        statements += [f"INSERT OR REPLACE {_again(model)}", f"REPLACE {_again(model)}"]
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"):
            sql(statement)
    assert list(model.objects.values_list()) == before


def test_a_session_that_plays_a_replica_is_refused_too(rows: list[SubscriptionChange]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL has such sessions.")
    with pytest.raises(DatabaseError, match="append-only"):
        sql(f"SET LOCAL session_replication_role = replica; DELETE FROM {LEDGER}")
    assert SubscriptionChange.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_there_after_going_back_and_forth_between_migrations() -> None:
    call_command("migrate", "consent", "0001", verbosity=0)
    call_command("migrate", "consent", verbosity=0)
    assert missing(connection) == []
    install(connection)
    assert missing(connection) == []
