"""A folder of Parquet or CSV files as a source of rows: each file, and each folder of files, is a table of its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal

import duckdb

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.duckdb_source import LOCKED, SESSION, DuckDBSource, first_line, path_named_by

# A reader of CSV takes 32 MB for each of its threads.
BUFFERS = "256MB"

Kind = Literal["parquet", "csv"]
SUFFIXES = {"parquet": (".parquet",), "csv": (".csv", ".csv.gz")}


def open_folder(url: str, kind: Kind) -> FolderSource:
    folder = path_named_by(url).absolute()
    if not folder.is_dir():
        raise Misconfigured(f"WAREHOUSE_URL names {folder}, and there is no such folder. Set it to {kind}:///path/to/folder.")
    tables = tables_in(folder, kind)
    if not tables:
        raise Misconfigured(f"WAREHOUSE_URL names {folder}, which holds no {kind} file. Export the tables there.")
    spill = TemporaryDirectory(prefix="warehouse-")
    source = FolderSource(
        folder, duckdb.connect(config={**SESSION, "temp_directory": spill.name, "memory_limit": BUFFERS}), spill
    )
    try:
        source.attach(tables, kind)
    except BaseException:
        # Not even a signal leaves its folder behind.
        source.close()
        raise
    return source


def tables_in(folder: Path, kind: Kind) -> dict[str, list[str]]:
    """Which files make up which table; a name means the same however it is spelt, as in SQL."""
    tables: dict[str, list[str]] = {}
    for path in sorted(folder.iterdir()):
        name = path.name.partition(".")[0] if path.is_file() else path.name
        if not (files := [str(file) for file in files_of(path, kind)]):
            continue
        if name.lower() in map(str.lower, tables):
            raise Misconfigured(f"WAREHOUSE_URL names {folder}, where two are called {name}. Leave one of them there.")
        tables[name] = files
    return tables


def files_of(path: Path, kind: Kind) -> Iterator[Path]:
    """What begins with a dot or an underscore was left there by whoever writes the files, for itself."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in found:
        inside = file.relative_to(path.parent).parts
        if file.is_file() and file.name.lower().endswith(SUFFIXES[kind]) and not any(part[0] in "._" for part in inside):
            yield file


class FolderSource(DuckDBSource):
    mend = "Export what is missing into that folder, or name the one that has it."

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, spill: TemporaryDirectory[str]) -> None:
        super().__init__(path, connection)
        self.spill = spill

    def attach(self, tables: dict[str, list[str]], kind: Kind) -> None:
        for name, files in tables.items():
            try:
                self.read(files, kind).create_view(name)
            except duckdb.Error as error:
                about = f"WAREHOUSE_URL names {self.path}, where DuckDB cannot read {name}"
                raise Misconfigured(f"{about}: {first_line(error)}. Export it again.") from error
        # The views open their files each time: these alone stay within reach.
        self.connection.execute("SET allowed_paths = $files", {"files": [file for each in tables.values() for file in each]})
        for name, value in LOCKED.items():
            self.connection.execute(f"SET {name} = {value}")

    def read(self, files: list[str], kind: Kind) -> duckdb.DuckDBPyRelation:
        """By the columns' names, whose order may differ from file to file."""
        if kind == "parquet":
            return self.connection.read_parquet(files, union_by_name=True)
        # The whole file decides over a column's type, not its beginning; `""` is an empty text and only nothing at all is null.
        several: Any = files  # its stubs know one file only
        return self.connection.read_csv(several, union_by_name=True, sample_size=-1, allow_quoted_nulls=False)

    def close(self) -> None:
        self.connection.close()
        self.spill.cleanup()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
