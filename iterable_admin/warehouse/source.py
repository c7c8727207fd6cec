"""Where rows come from: one small seam, so that a sync reads DuckDB and Snowflake in the same words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.duckdb_file import open_duckdb
from iterable_admin.warehouse.errors import INSTALL
from iterable_admin.warehouse.folder import open_folder
from iterable_admin.warehouse.sql_text import Dialect

SCHEMES = ("duckdb", "parquet", "csv", "snowflake")
FORMS = "duckdb:///path/to/file.duckdb, parquet:///path/to/folder, csv:///path/to/folder or snowflake://…"


class Source(Protocol):
    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """Streams the result, at most `rows` a batch, never the whole of it; `$name` in the query is bound, not formatted."""
        ...

    def check(self) -> str:
        """One line for an operator: what this is, and that it answers."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def open_source(url: str, environ: Mapping[str, str] = os.environ) -> Source:
    """Opens what WAREHOUSE_URL names; nothing of the URL but its scheme is ever shown, since it may hold a password."""
    match scheme_of(url):
        case "duckdb":
            return open_duckdb(url)
        case "parquet" | "csv" as kind:
            return open_folder(url, kind)
        case "snowflake":
            return snowflake_opener()(url, environ)
        case other:
            named = f"has the scheme {other!r}" if other else "has no scheme"
            raise Misconfigured(f"WAREHOUSE_URL {named}; write {FORMS}.")


def scheme_of(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else ""


def dialect_of(url: str) -> Dialect:
    """In which dialect a query for this source has to be written."""
    return "snowflake" if scheme_of(url) == "snowflake" else "duckdb"


def snowflake_opener() -> Callable[[str, Mapping[str, str]], Source]:
    """Imported late: it takes a second, and whoever reads DuckDB needs none of it."""
    try:
        from iterable_admin.warehouse.snowflake_source import open_snowflake
    except ModuleNotFoundError as error:
        raise Misconfigured(f"WAREHOUSE_URL names Snowflake, and the package {error.name} is not installed. {INSTALL}") from error
    return open_snowflake
