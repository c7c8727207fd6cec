"""The same tables in each kind of warehouse, so that one test says what all of them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import snowflake.connector

from iterable_admin.warehouse.marketing_contacts import PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL as NAME
from iterable_admin.warehouse.source import Source, open_source

KINDS = ("duckdb", "parquet", "csv", "snowflake")
TOKEN = "a-programmatic-access-token"
# Types that DuckDB and Snowflake both know by these names, but for the last.
COLUMNS = """dim_marketing_contact_id VARCHAR, email_address VARCHAR, first_name VARCHAR, last_name VARCHAR, country VARCHAR,
    company_name VARCHAR, job_title VARCHAR, gitlab_dotcom_user_id DECIMAL(38, 0), gitlab_user_name VARCHAR,
    gitlab_dotcom_active_state VARCHAR, gitlab_dotcom_confirmed_date {time}, gitlab_dotcom_created_date {time},
    gitlab_dotcom_last_login_date {time}, gitlab_dotcom_email_opted_in BOOLEAN, is_pql BOOLEAN,
    max_trial_start_date {time}, namespaces_array {nested}, prev_hash VARCHAR, last_changed {time}"""

Row = dict[str, Any]


@dataclass
class Warehouse:
    kind: str
    url: str
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def open(self) -> Source:
        return open_source(self.url, self.environ)

    def write_numbers(self, count: int) -> None:
        if self.kind == "snowflake":
            rows = f"SELECT row_number() OVER (ORDER BY seq4()) - 1 AS n FROM TABLE(GENERATOR(ROWCOUNT => {count}))"
            self.on_snowflake(f"CREATE TABLE numbers AS {rows}")
        else:
            self.with_duckdb("numbers", [(f"CREATE TABLE numbers AS SELECT range AS n FROM range({count})", [])])

    def write_contacts(self, *rows: Row) -> None:
        if self.kind == "snowflake":
            self.on_snowflake(f"CREATE TABLE {NAME} ({COLUMNS.format(time='TIMESTAMP_NTZ', nested='VARIANT')})")
            for row in rows:
                self.on_snowflake(*insertion(row, "PARSE_JSON(?)"))
        else:
            table = f"CREATE TABLE {NAME} ({COLUMNS.format(time='TIMESTAMP', nested='JSON')})"
            self.with_duckdb(NAME, [(table, []), *(insertion(row, "?") for row in rows)])

    def on_snowflake(self, statement: str, values: list[object] | None = None) -> None:
        place = dict(part.split("=") for part in self.url.partition("?")[2].split("&"))
        database = self.url.split("/")[3]
        with snowflake.connector.connect(
            **{**place, "port": int(place["port"])},
            user="writer",
            password="any",
            account="double",
            database=database,
            schema="PUBLIC",
            paramstyle="qmark",
            platform_detection_timeout_seconds=0,
        ) as connection:
            connection.cursor().execute(statement, values)

    def with_duckdb(self, table: str, statements: list[tuple[str, list[object]]]) -> None:
        path = str(self.folder / "warehouse.duckdb") if self.kind == "duckdb" else ":memory:"
        with duckdb.connect(path) as connection:
            for statement, values in statements:
                connection.execute(statement, values or None)
            if self.kind != "duckdb":
                connection.execute(f"COPY {table} TO '{self.folder / table}.{self.kind}' (FORMAT {self.kind})")


def insertion(row: Row, nested: str) -> tuple[str, list[object]]:
    marks = ", ".join(nested if name == "namespaces_array" else "?" for name in row)
    return f"INSERT INTO {NAME} ({', '.join(row)}) SELECT {marks}", list(row.values())


def warehouse_of(kind: str, folder: Path, port: int = 0) -> Warehouse:
    match kind:
        case "snowflake":
            database = f"TEST_{uuid4().hex}".upper()
            url = f"snowflake://reader@double/{database}/PUBLIC?host=127.0.0.1&port={port}&protocol=http"
            return Warehouse(kind, url, folder, {"SNOWFLAKE_TOKEN": TOKEN})
        case "duckdb":
            return Warehouse(kind, f"duckdb://{folder}/warehouse.duckdb", folder)
    return Warehouse(kind, f"{kind}://{folder}", folder)
