"""Rows read by DuckDB, whatever it was opened on; while a query runs, it can reach nothing else of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary
from iterable_admin.warehouse.query import check_query

Config = dict[str, str | bool | int | float | list[str]]

# A naive timestamp beside a zoned one is read in the session's zone, which DuckDB takes from the machine: pinned.
# Extensions would be fetched from the internet when first needed: never.
SESSION: Config = {
    "TimeZone": "UTC",
    "autoinstall_known_extensions": False,
    # Else it takes most of the machine's: rows are streamed, so that a buffer is enough.
    "memory_limit": "64MB",
}
# A query in a definition is somebody's text: it opens no file, no address, no other database and no variable of
# ours, and unlocks nothing.
LOCKED: Config = {"enable_external_access": False, "lock_configuration": True}

TABLES = "SELECT table_name FROM information_schema.tables ORDER BY table_name"


class DuckDBSource:
    mend = "Point it at the one that has them; `make demo` writes one to start with."

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection

    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        check_query(query)
        # A second query on one connection ends the stream of the first, so each stream has a cursor of its own.
        # `sql()` and not `execute()`: Arrow from the latter copies all rows, and DuckDB 2.0 warns of it.
        with self.connection.cursor() as cursor:
            try:
                relation = cursor.sql(query, params=dict(parameters))
                yield from relation.to_arrow_reader(rows)
            except duckdb.Error as error:
                raise self.problem_of(error) from error

    def problem_of(self, error: duckdb.Error) -> Problem:
        if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
            lacks = f"WAREHOUSE_URL names {self.path}, which lacks a table or column that is read: {first_line(error)}"
            return Misconfigured(f"{lacks} {self.mend}")
        if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
            return Temporary(f"DuckDB could not read {self.path}: {first_line(error)}")
        return Permanent(f"DuckDB refused the query on {self.path}: {first_line(error)}")

    def check(self) -> str:
        tables = [name for batch in self.batches(TABLES) for name in batch.column(0).to_pylist()]
        return f"DuckDB {duckdb.__version__} at {self.path} answers; tables: {', '.join(tables) or 'none'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()


def path_named_by(url: str) -> Path:
    """`duckdb:///data/x.duckdb` and `duckdb:////data/x.duckdb` are both /data/x.duckdb; two slashes start a relative path."""
    rest = unquote(url.partition("://")[2])
    return Path("/" + rest.lstrip("/")) if rest.startswith("/") else Path(rest)


def first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
