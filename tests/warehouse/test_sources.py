"""What every source does, whatever it reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from iterable_admin.errors import Misconfigured, Permanent
from iterable_admin.warehouse.source import Source
from tests.warehouse.contacts import MarketingContact, read_contacts
from tests.warehouse.warehouses import Row, Warehouse


def test_rows_come_in_batches_no_larger_than_asked_and_none_is_lost(numbers: Source) -> None:
    batches = list(numbers.batches("SELECT n FROM numbers ORDER BY n", rows=10_000))
    assert max(batch.num_rows for batch in batches) == 10_000
    assert [n for batch in batches for n in batch.column(0).to_pylist()] == list(range(25_000))


def test_parameters_are_bound_and_not_formatted(numbers: Source) -> None:
    hostile = "'; DROP TABLE numbers; --"
    query = "SELECT $text, count(*) FROM numbers WHERE n < $n OR n = $n"
    [batch] = numbers.batches(query, {"text": hostile, "n": 3})
    assert [column.to_pylist() for column in batch.columns] == [[hostile], [4]]


def test_a_parameter_without_a_value_is_refused(numbers: Source) -> None:
    with pytest.raises(Permanent, match="n"):
        list(numbers.batches("SELECT n FROM numbers WHERE n < $n"))


def test_two_streams_of_one_source_do_not_end_each_other(numbers: Source) -> None:
    first = numbers.batches("SELECT n FROM numbers ORDER BY n", rows=2_048)
    read = next(first).num_rows
    assert sum(batch.num_rows for batch in numbers.batches("SELECT n FROM numbers")) == 25_000
    assert read + sum(batch.num_rows for batch in first) == 25_000


def test_a_query_that_finds_nothing_gives_no_row(numbers: Source) -> None:
    assert sum(batch.num_rows for batch in numbers.batches("SELECT n FROM numbers WHERE n < 0")) == 0


@pytest.mark.parametrize("query", ["CREATE TABLE more AS SELECT 1 AS n", "DELETE FROM numbers", "SELECT 1; SELECT 2", ""])
def test_anything_but_one_select_is_refused(numbers: Source, query: str) -> None:
    with pytest.raises(Permanent, match="Write one SELECT"):
        list(numbers.batches(query))
    assert numbers.check().lower().endswith("tables: numbers")


@pytest.mark.parametrize("query", ["SELECT n FROM nothing", "SELECT missing FROM numbers"])
def test_a_missing_table_or_column_names_the_setting(numbers: Source, query: str) -> None:
    with pytest.raises(Misconfigured, match=r"WAREHOUSE_URL names .*lacks a table or column"):
        list(numbers.batches(query))


def test_a_query_that_cannot_be_read_is_the_query_s_fault(numbers: Source) -> None:
    with pytest.raises(Permanent, match=r"query"):
        list(numbers.batches("SELECT n FROM WHERE"))


CONTACT: Row = {
    "dim_marketing_contact_id": "6f5e",
    "email_address": "ana@example.com",
    "first_name": "Ana",
    "last_name": "",
    "company_name": "Acme, \"Inc\"\nand 'Sons'",
    "gitlab_dotcom_user_id": 42,
    "gitlab_user_name": "ana",
    "gitlab_dotcom_active_state": "active",
    "gitlab_dotcom_created_date": datetime(2026, 1, 2, 3, 4, 5, 678_000),  # noqa: DTZ001 - as the warehouse has it
    "is_pql": True,
    "max_trial_start_date": datetime(2026, 1, 15),  # noqa: DTZ001
    "namespaces_array": '[{"NAMESPACE_ID":7}]',
}
OLD: Row = {
    **CONTACT,
    "email_address": "old@example.com",
    "gitlab_dotcom_created_date": datetime(2025, 12, 31),  # noqa: DTZ001
}


def test_the_same_rows_are_the_same_contacts_in_every_warehouse(warehouse: Warehouse) -> None:
    warehouse.write_contacts(CONTACT, OLD)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    with warehouse.open() as source:
        [found] = read_contacts(source, since)
    assert found == MarketingContact(
        contact_id="6f5e",
        email_address="ana@example.com",
        first_name="Ana",
        last_name="",
        country=None,
        company_name="Acme, \"Inc\"\nand 'Sons'",
        job_title=None,
        gitlab_user_id=42,
        user_name="ana",
        active_state="active",
        confirmed_at=None,
        created_at=datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        last_login_at=None,
        opted_in=None,
        is_pql=True,
        max_trial_start=datetime(2026, 1, 15, tzinfo=UTC),
        namespaces=[{"NAMESPACE_ID": 7}],
    )


@pytest.mark.parametrize(("milliseconds", "found"), [(0, 1), (1, 0)])
def test_a_time_of_another_zone_is_compared_as_the_instant_it_is(warehouse: Warehouse, milliseconds: int, found: int) -> None:
    warehouse.write_contacts(CONTACT)
    created = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC).astimezone(timezone(timedelta(hours=-8)))
    query = "SELECT count(*) FROM PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL WHERE gitlab_dotcom_created_date >= $since"
    with warehouse.open() as source:
        [batch] = source.batches(query, {"since": created + timedelta(milliseconds=milliseconds)})
    assert batch.column(0).to_pylist() == [found]
