"""A folder of Parquet or CSV files as a source of rows: each file, or folder of files, is a table named after it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.duckdb_file import SESSION, DuckDBFile, file_named_by, problem_of_opening

READERS = {"parquet": "read_parquet", "csv": "read_csv"}


def open_folder(url: str) -> DuckDBFile:
    """`parquet:///data/tables` or `csv:///data/tables`."""
    kind = url.partition("://")[0].lower()
    path = file_named_by(url)
    if not path.is_dir():
        raise Misconfigured(f"WAREHOUSE_URL names {path}, and there is no such folder. Set it to {kind}:///path/to/folder.")
    tables = dict(_tables(path, kind))
    if not tables:
        raise Misconfigured(f"WAREHOUSE_URL names {path}, which holds no .{kind} file.")
    try:
        return DuckDBFile(path, _connected(path, kind, tables))
    except duckdb.Error as error:
        raise problem_of_opening(path, error) from error


def _tables(folder: Path, kind: str) -> list[tuple[str, str]]:
    """Names, and the files that each is read from."""
    files = [(found.stem, str(found)) for found in sorted(folder.glob(f"*.{kind}"))]
    folders = [found for found in sorted(folder.iterdir()) if found.is_dir() and any(found.glob(f"*.{kind}"))]
    return files + [(found.name, f"{found}/*.{kind}") for found in folders]


def _connected(folder: Path, kind: str, tables: dict[str, str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config=SESSION)
    for name, files in tables.items():
        # Both are names of files: quoted, since a view takes no parameter.
        view, path = name.replace('"', '""'), files.replace("'", "''")
        connection.execute(f"CREATE VIEW \"{view}\" AS SELECT * FROM {READERS[kind]}('{path}')")  # noqa: S608 - quoted above
    # Nothing else of the machine can be read from here on, whatever a query says.
    connection.execute(f"SET allowed_directories = ['{str(folder).replace(chr(39), chr(39) * 2)}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
