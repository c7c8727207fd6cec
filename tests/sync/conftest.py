"""A warehouse of a few people in the real table's columns, for runs that read it for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import orjson
import pytest
from django.utils import timezone

from iterable_admin.addresses import normalise_email
from iterable_admin.warehouse.marketing_contacts import PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL as NAME
from tests.warehouse.warehouses import warehouse_of

TABLE = f"""CREATE TABLE {NAME} (
    dim_marketing_contact_id VARCHAR NOT NULL, email_address VARCHAR NOT NULL, first_name VARCHAR, last_name VARCHAR,
    country VARCHAR, company_name VARCHAR, job_title VARCHAR, gitlab_dotcom_user_id DECIMAL(38, 0) NOT NULL,
    gitlab_user_name VARCHAR, gitlab_dotcom_active_state VARCHAR, gitlab_dotcom_confirmed_date TIMESTAMP,
    gitlab_dotcom_created_date TIMESTAMP, gitlab_dotcom_last_login_date TIMESTAMP, gitlab_dotcom_email_opted_in BOOLEAN,
    is_pql BOOLEAN NOT NULL, max_trial_start_date TIMESTAMP, namespaces_array JSON, prev_hash VARCHAR, last_changed TIMESTAMP
)"""

Row = dict[str, Any]
Fill = Callable[..., None]


def namespace(namespace_id: int = 7, **changes: object) -> dict[str, object]:
    return {"NAMESPACE_ID": namespace_id, "GITLAB_PLAN_TITLE": "Free", "GITLAB_PLAN_IS_PAID": False, **changes}


def person(email: str = "ada@example.com", *, namespaces: object = (), **changes: object) -> Row:
    lately = (timezone.now() - timedelta(days=3)).replace(tzinfo=None)
    return {
        "dim_marketing_contact_id": email,
        "email_address": email,
        "gitlab_dotcom_user_id": crc32(normalise_email(email).encode()),
        "gitlab_dotcom_created_date": lately,
        "gitlab_dotcom_last_login_date": lately,
        "is_pql": False,
        "namespaces_array": orjson.dumps(namespaces or [namespace()]).decode(),
        **changes,
    }


# What reads, compares and delivers is told of both sources.
OF_BOTH_SOURCES = ("test_delivering", "test_running", "test_standing")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # The double reads an empty timestamp as 1970, which Snowflake does not.
    reads_empty = metafunc.definition.get_closest_marker("empty_timestamps") is not None
    if "fill" in metafunc.fixturenames and not reads_empty and metafunc.module.__name__.rpartition(".")[2] in OF_BOTH_SOURCES:
        metafunc.parametrize("fill", ["duckdb", "snowflake"], indirect=True)


@pytest.fixture
def fill(request: pytest.FixtureRequest, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Writes the warehouse anew with these rows."""
    if getattr(request, "param", "duckdb") == "snowflake":
        port = request.getfixturevalue("snowflake_port")
        return lambda *rows: write_to_snowflake(rows, tmp_path, port, settings, monkeypatch)
    path = tmp_path / "warehouse.duckdb"
    settings.WAREHOUSE_URL = f"duckdb:///{path}"

    def write(*rows: Row) -> None:
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute(TABLE)
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                insert = f"INSERT INTO {NAME} ({names}) VALUES ({marks})"
                connection.execute(insert, list(row.values()))

    return write


def write_to_snowflake(rows: Sequence[Row], folder: Path, port: int, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of its own each time, as the double has no other way to begin anew."""
    warehouse = warehouse_of("snowflake", folder, port)
    warehouse.write_contacts(*rows)
    settings.WAREHOUSE_URL = warehouse.url
    for name, value in warehouse.environ.items():
        monkeypatch.setenv(name, value)
