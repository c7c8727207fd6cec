"""Who has the database cannot quietly change what people said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from contacts.consent.models import LedgerSeal, SubscriptionChange, SubscriptionState
from contacts.consent.recording import record
from contacts.consent.sealing import seal
from contacts.consent.states import differences, rebuild
from contacts.consent.triggers import lifted, missing, remove
from contacts.consent.verifying import faults
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
LEDGER = SubscriptionChange._meta.db_table


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def behind_the_guard(statement: str) -> None:
    with lifted(connection):
        sql(statement)
        if connection.vendor == "postgresql":
            # What waits for the end of the transaction keeps the triggers from being put back.
            sql("SET CONSTRAINTS ALL IMMEDIATE")


def rows(count: int = 3, address_key: str = "a") -> list[SubscriptionChange]:
    return [
        SubscriptionChangeFactory.create(address_key=address_key, occurred_at=NOON + timedelta(hours=n)) for n in range(count)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {LEDGER} SET verdict = 'granted'",
        f"DELETE FROM {LEDGER}",
        "DELETE FROM consent_ledgerseal",
        "UPDATE consent_ledgerseal SET rows = 1",
    ],
)
def test_the_database_refuses_to_change_or_remove(statement: str) -> None:
    rows()
    seal()
    with pytest.raises(DatabaseError, match="append-only"):
        sql(statement)
    assert (SubscriptionChange.objects.filter(verdict="withdrawn").count(), LedgerSeal.objects.get().rows) == (3, 3)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_empty_or_overwrite() -> None:
    (row,) = rows(1)
    columns = ", ".join(str(field.column) for field in SubscriptionChange._meta.concrete_fields)
    overwrite = f"INSERT OR REPLACE INTO {LEDGER} SELECT {columns} FROM {LEDGER} WHERE id = {row.pk}"
    with pytest.raises(DatabaseError, match="append-only"):
        sql(overwrite if connection.vendor == "sqlite" else f"TRUNCATE {LEDGER} CASCADE")
    assert SubscriptionChange.objects.get().hash == row.hash


def test_the_triggers_are_there_after_all_migrations_and_their_lack_is_told() -> None:
    assert missing(connection) == []
    with transaction.atomic():
        remove(connection)
        assert len(missing(connection)) == (2 if connection.vendor == "postgresql" else 6)
        transaction.set_rollback(True)


def test_each_row_names_the_hash_of_its_address_s_row_before() -> None:
    first, second, third = rows()
    (other,) = rows(1, address_key="b")
    assert (first.previous_hash, second.previous_hash, third.previous_hash) == ("", first.hash, second.hash)
    assert other.previous_hash == ""
    assert list(faults()) == []


def test_several_rows_of_one_address_at_once_are_chained_in_their_order() -> None:
    changes = [SubscriptionChangeFactory.build(address_key="a") for _ in range(3)]
    added = record([*changes, changes[0]])
    assert [row.previous_hash for row in added] == ["", added[0].hash, added[1].hash]
    assert list(faults()) == []


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (lambda pk: f"UPDATE {LEDGER} SET verdict = 'granted' WHERE id = {pk}", "Ledger row {pk} was changed"),
        (lambda pk: f"UPDATE {LEDGER} SET source = 'x' WHERE id = {pk}", "Ledger row {pk} was changed"),
        (lambda pk: f"DELETE FROM {LEDGER} WHERE id = {pk}", "Before ledger row {after}"),
        (lambda pk: f"UPDATE {LEDGER} SET id = id + 1000 WHERE id = {pk}", "Before ledger row {after}"),
    ],
)
def test_a_changed_removed_or_moved_row_is_found(tamper: Callable[[int], str], found: str) -> None:
    _, second, third = rows()
    behind_the_guard(tamper(second.pk))
    assert found.format(pk=second.pk, after=third.pk) in next(iter(faults()))
    with pytest.raises(CommandError, match="faults: compare with a backup"):
        call_command("verify_ledger")


def test_a_removed_last_row_is_missed_by_its_seal() -> None:
    _, _, third = rows()
    made = seal()
    assert made is not None
    behind_the_guard(f"DELETE FROM {LEDGER} WHERE id = {third.pk}")
    assert next(iter(faults())) == f"Seal {made.pk} covers 3 ledger rows, of which 2 are there (up to id {third.pk})."


def test_a_row_slipped_in_below_a_seal_is_found() -> None:
    first, *_ = rows()
    made = seal()
    assert made is not None
    forged = SubscriptionChangeFactory.build(pk=first.pk - 1, address_key="z", hash="f" * 64)
    SubscriptionChange.objects.bulk_create([forged])
    assert any(f"Seal {made.pk} covers 3 ledger rows, of which 4 are there" in fault for fault in faults())


def test_seals_are_chained_and_cover_each_row_once() -> None:
    rows()
    first = seal()
    (late,) = rows(1, address_key="b")
    second = seal()
    assert first is not None
    assert second is not None
    assert (second.first_id, second.last_id, second.rows, second.previous_digest) == (late.pk, late.pk, 1, first.digest)
    assert seal() is None


def test_the_state_keeps_the_latest_moment_of_each_kind() -> None:
    acts = [("withdrawn", "explicit", 5), ("withdrawn", "explicit", 3), ("granted", "explicit", 4), ("granted", "derived", 9)]
    for verdict, basis, hour in acts:
        moment = NOON + timedelta(hours=hour)
        SubscriptionChangeFactory.create(address_key="a", verdict=verdict, basis=basis, occurred_at=moment)
    state = SubscriptionState.objects.get()
    moments = [state.withdrawn_at, state.granted_at, state.derived_at, state.expired_at]
    assert moments == [NOON + timedelta(hours=5), NOON + timedelta(hours=4), NOON + timedelta(hours=9), None]


def test_the_cache_is_compared_with_the_ledger_and_rebuilt() -> None:
    rows(2)
    rows(1, address_key="b")
    SubscriptionState.objects.filter(address_key="a").update(withdrawn_at=NOON - timedelta(days=1))
    SubscriptionState.objects.filter(address_key="b").delete()
    assert sorted(differences()) == [
        "all marketing  of a: differs from the ledger",
        "all marketing  of b: missing from the cache",
    ]
    with pytest.raises(CommandError, match="2 states differ"):
        call_command("rebuild_consent", check=True)
    assert rebuild() == 2
    assert list(differences()) == []


def test_two_writers_of_one_address_wait_for_each_other(transactional_db: Any) -> None:
    """Without the lock both would name the same row before."""
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        try:
            SubscriptionChangeFactory.create(address_key="a", cause_id=f"writer {number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert SubscriptionChange.objects.count() == 12
    assert list(faults()) == []
