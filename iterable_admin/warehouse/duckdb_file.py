"""A DuckDB file as a source of rows, opened read-only: the embedded warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb

from iterable_admin.errors import Misconfigured, Problem, Temporary
from iterable_admin.warehouse.duckdb_source import LOCKED, SESSION, DuckDBSource, first_line, path_named_by


def open_duckdb(url: str) -> DuckDBSource:
    path = path_named_by(url)
    if not path.is_file():
        raise Misconfigured(
            f"WAREHOUSE_URL names {path}, and there is no such file. "
            "Set it to duckdb:///path/to/file.duckdb; `make demo` writes one to start with."
        )
    try:
        return DuckDBSource(path, duckdb.connect(str(path), read_only=True, config=SESSION | LOCKED))
    except duckdb.Error as error:
        raise problem_of_opening(path, error) from error


def problem_of_opening(path: Path, error: duckdb.Error) -> Problem:
    # DuckDB lets one process write or many read: a writer holds its lock only while it works.
    if "lock" in str(error).lower():
        return Temporary(f"{path} is being written by another process: {first_line(error)}")
    return Misconfigured(f"WAREHOUSE_URL names {path}, which DuckDB cannot read: {first_line(error)}")
