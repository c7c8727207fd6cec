"""Where rows come from: one small seam, so that a sync reads DuckDB and Snowflake in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.duckdb_file import open_duckdb
from iterable_admin.warehouse.folder import open_folder
from iterable_admin.warehouse.login import NO_LOGIN, Login
from iterable_admin.warehouse.snowflake import open_snowflake


class Source(Protocol):
    def batches(self, query: str, parameters: Mapping[str, object] = {}, rows: int = 10_000) -> Iterator[pa.RecordBatch]:
        """Streams the result, at most `rows` a batch, never the whole of it; `$name` in the query is bound, not formatted."""
        ...

    def check(self) -> str:
        """One line for an operator: what this is, and that it answers."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


KNOWN = "duckdb:///path/to/file.duckdb, parquet:///path/to/folder, csv:///path/to/folder or snowflake://…."


def open_source(url: str, login: Login = NO_LOGIN) -> Source:
    """Opens what WAREHOUSE_URL names; nothing of the URL but its scheme is ever shown, since it may hold a password."""
    scheme, separator, _ = url.partition("://")
    match scheme.lower() if separator else "":
        case "duckdb":
            return open_duckdb(url)
        case "parquet" | "csv":
            return open_folder(url)
        case "snowflake":
            return open_snowflake(url, login)
        case other:
            named = f"has the scheme {other!r}" if other else "has no scheme"
            raise Misconfigured(
                f"WAREHOUSE_URL {named}; write duckdb:///path/to/file.duckdb, parquet:///path/to/folder, csv:///path/to/folder or snowflake://…."
            )
