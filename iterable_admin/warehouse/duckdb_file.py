"""A DuckDB file as a source of rows, opened read-only: the embedded warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary

# A naive timestamp beside a zoned one is read in the session's zone, which DuckDB takes from the machine: pinned.
# Extensions would be fetched from the internet when first needed: never.
SESSION: dict[str, str | bool | int | float | list[str]] = {
    "TimeZone": "UTC",
    "autoinstall_known_extensions": False,
    # Else it takes most of the machine's: rows are streamed, so that a buffer is enough.
    "memory_limit": "64MB",
}
# Once its file is open, a query can read nothing else of the machine, and cannot lift this either.
LOCKED: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False, "lock_configuration": True}

TABLES = "SELECT table_name FROM information_schema.tables ORDER BY table_name"


def open_duckdb(url: str) -> DuckDBFile:
    path = file_named_by(url)
    if not path.is_file():
        raise Misconfigured(
            f"WAREHOUSE_URL names {path}, and there is no such file. "
            "Set it to duckdb:///path/to/file.duckdb; `make demo` writes one to start with."
        )
    try:
        return DuckDBFile(path, duckdb.connect(str(path), read_only=True, config=SESSION | LOCKED))
    except duckdb.Error as error:
        raise problem_of_opening(path, error) from error


def file_named_by(url: str) -> Path:
    """`duckdb:///data/x.duckdb` and `duckdb:////data/x.duckdb` are both /data/x.duckdb; two slashes start a relative path."""
    rest = unquote(url.partition("://")[2])
    return Path("/" + rest.lstrip("/")) if rest.startswith("/") else Path(rest)


def problem_of_opening(path: Path, error: duckdb.Error) -> Problem:
    # DuckDB lets one process write or many read: a writer holds its lock only while it works.
    if "lock" in str(error).lower():
        return Temporary(f"{path} is being written by another process: {first_line(error)}")
    return Misconfigured(f"WAREHOUSE_URL names {path}, which DuckDB cannot read: {first_line(error)}")


def problem_of_reading(path: Path, error: duckdb.Error) -> Problem:
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return Misconfigured(
            f"WAREHOUSE_URL names {path}, which lacks a table or column that is read: {first_line(error)} "
            "Point it at the file that has them; `make demo` writes one to start with."
        )
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return Temporary(f"DuckDB could not read {path}: {first_line(error)}")
    return Permanent(f"DuckDB refused the query on {path}: {first_line(error)}")


def first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]


class DuckDBFile:
    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection

    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        # A second query on one connection ends the stream of the first, so each stream has a cursor of its own.
        # `sql()` and not `execute()`: Arrow from the latter copies all rows, and DuckDB 2.0 warns of it.
        with self.connection.cursor() as cursor:
            try:
                relation = cursor.sql(query, params=dict(parameters))
                yield from relation.to_arrow_reader(rows)
            except duckdb.Error as error:
                raise problem_of_reading(self.path, error) from error

    def check(self) -> str:
        tables = [name for batch in self.batches(TABLES) for name in batch.column(0).to_pylist()]
        return f"DuckDB {duckdb.__version__} at {self.path} answers; tables: {', '.join(tables) or 'none'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()
