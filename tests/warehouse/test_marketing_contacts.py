from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import md5
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from iterable_admin.warehouse.marketing_contacts import python_values
from iterable_admin.warehouse.source import open_source
from tests.warehouse.contacts import MarketingContact, read_contacts

WINDOW_START = datetime(2026, 1, 1, tzinfo=UTC)


def contacts_of(path: Path, rows: str, nested: str, window_start: datetime = WINDOW_START) -> list[MarketingContact]:
    """Reads a table of (address, creation date, namespaces_array), whose other columns are all alike."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"""CREATE OR REPLACE TABLE PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL AS
            SELECT md5(email) AS dim_marketing_contact_id, email AS email_address, 'Ana' AS first_name, '' AS last_name,
            NULL::VARCHAR AS country, 'Acme' AS company_name, NULL::VARCHAR AS job_title,
            42::DECIMAL(38, 0) AS gitlab_dotcom_user_id, 'ana' AS gitlab_user_name, 'active' AS gitlab_dotcom_active_state,
            NULL::TIMESTAMP AS gitlab_dotcom_confirmed_date, created AS gitlab_dotcom_created_date,
            TIMESTAMP_NS '2026-02-01 10:00:00.123456789' AS gitlab_dotcom_last_login_date,
            NULL::BOOLEAN AS gitlab_dotcom_email_opted_in, true AS is_pql, DATE '2026-01-15' AS max_trial_start_date,
            nested{nested} AS namespaces_array FROM (VALUES {rows}) AS t(email, created, nested)""")
    with open_source(f"duckdb://{path}") as source:
        return list(read_contacts(source, window_start))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def test_a_row_is_read_into_its_fields_with_naive_times_as_utc(file: Path) -> None:
    rows = """('ana@example.com', TIMESTAMP '2026-01-02 03:04:05.678', '[{"NAMESPACE_ID": 7}]')"""
    assert contacts_of(file, rows, "::JSON") == [
        MarketingContact(
            contact_id=md5(b"ana@example.com", usedforsecurity=False).hexdigest(),
            email_address="ana@example.com",
            first_name="Ana",
            last_name="",
            country=None,
            company_name="Acme",
            job_title=None,
            gitlab_user_id=42,
            user_name="ana",
            active_state="active",
            confirmed_at=None,
            created_at=datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
            last_login_at=datetime(2026, 2, 1, 10, 0, 0, 123_456, tzinfo=UTC),
            opted_in=None,
            is_pql=True,
            max_trial_start=datetime(2026, 1, 15, tzinfo=UTC),
            namespaces=[{"NAMESPACE_ID": 7}],
        )
    ]


def test_the_window_starts_with_its_first_instant(file: Path) -> None:
    rows = """('in@example.com', TIMESTAMP '2026-01-01 00:00:00', NULL),
              ('out@example.com', TIMESTAMP '2025-12-31 23:59:59.999', NULL)"""
    assert [found.email_address for found in contacts_of(file, rows, "::JSON")] == ["in@example.com"]


def test_a_window_start_of_another_zone_means_the_same_instant(file: Path) -> None:
    rows = """('in@example.com', TIMESTAMP '2026-01-01 00:00:00', NULL),
              ('out@example.com', TIMESTAMP '2025-12-31 23:59:59.999', NULL)"""
    elsewhere = WINDOW_START.astimezone(timezone(timedelta(hours=-8)))
    assert [found.email_address for found in contacts_of(file, rows, "::JSON", elsewhere)] == ["in@example.com"]


@pytest.mark.parametrize(
    ("nested", "namespaces"),
    [
        ("NULL", None),
        ("'null'", None),
        ("'[]'", []),
        (
            """'[{"NAMESPACE_ID": 7, "GLM_SOURCE": null}]'""",
            [{"NAMESPACE_ID": 7}],
        ),
    ],
)
@pytest.mark.parametrize("kind", ["::JSON", "::VARCHAR"])
def test_namespaces_as_json_text(file: Path, nested: str, namespaces: object, kind: str) -> None:
    [found] = contacts_of(file, f"('ana@example.com', TIMESTAMP '2026-01-02', {nested})", kind)
    assert (found.namespaces, found.unreadable) == (namespaces, None)


def test_namespaces_as_structs_read_like_the_same_json(file: Path) -> None:
    nested = """[{NAMESPACE_ID: 7::DECIMAL(38, 0), CREATED_AT: TIMESTAMP '2026-01-02 03:04:05.678', GLM_SOURCE: NULL::VARCHAR,
                  LIST_OF_STAGES: ['create'], IS_ACTIVE_TRIAL: true}]"""
    [found] = contacts_of(file, f"('ana@example.com', TIMESTAMP '2026-01-02', {nested})", "")
    assert found.namespaces == [
        {
            "NAMESPACE_ID": 7,
            "CREATED_AT": "2026-01-02 03:04:05.678",
            "LIST_OF_STAGES": ["create"],
            "IS_ACTIVE_TRIAL": True,
        }
    ]


@pytest.mark.parametrize("nested", ["'[{'", "'7'", "'[7]'", """'{"NAMESPACE_ID": 7}'"""])
def test_unreadable_namespaces_are_that_row_s_failure_alone(file: Path, nested: str) -> None:
    rows = f"""('a@example.com', TIMESTAMP '2026-01-02', {nested}), ('b@example.com', TIMESTAMP '2026-01-02', '[]')"""
    broken, whole = contacts_of(file, rows, "::VARCHAR")
    assert broken.namespaces is None
    assert (broken.unreadable or "").startswith("namespaces_array is not ")
    assert (whole.namespaces, whole.unreadable) == ([], None)


def test_a_number_beyond_64_bits_stays_whole_and_the_others_are_read_as_ever() -> None:
    numbers = pa.array([Decimal(7), None, Decimal(10**30)], pa.decimal128(38, 0))
    assert python_values(numbers) == [7, None, 10**30]


def test_a_moment_beyond_the_years_of_python_stays_text_and_the_others_are_read_as_ever() -> None:
    moments = duckdb.connect().sql("SELECT unnest([TIMESTAMP '2026-01-02', NULL, TIMESTAMP '20000-01-01'])").to_arrow_table()
    assert python_values(moments.column(0).chunk(0)) == [datetime(2026, 1, 2, tzinfo=UTC), None, "20000-01-01 00:00:00.000000"]
