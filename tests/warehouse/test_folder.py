from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.source import open_source


def read(url: str, query: str) -> list[dict[str, Any]]:
    with open_source(url) as source:
        return [row for batch in source.batches(query) for row in batch.to_pylist()]


def write(path: Path, query: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT {path.suffix[1:]})")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_each_file_and_each_folder_of_files_is_a_table(tmp_path: Path, kind: str) -> None:
    write(tmp_path / f"PEOPLE.{kind}", "SELECT 1 AS n, 'ana' AS name")
    write(tmp_path / f"visits/part-0.{kind}", "SELECT 1 AS n, 'first' AS page")
    write(tmp_path / f"visits/2026/part-1.{kind}", "SELECT 'second' AS page, 2 AS n, 7 AS seconds")
    assert read(f"{kind}://{tmp_path}", "SELECT page, name FROM visits LEFT JOIN people USING (n) ORDER BY n") == [
        {"page": "first", "name": "ana"},
        {"page": "second", "name": None},
    ]


def test_what_the_writer_left_for_itself_is_no_table(tmp_path: Path) -> None:
    write(tmp_path / "people/part-0.parquet", "SELECT 1 AS n")
    write(tmp_path / "people/_temporary/part-0.parquet", "SELECT 2 AS n")
    (tmp_path / "people" / "_SUCCESS").touch()
    (tmp_path / ".people.parquet").write_text("half")
    with open_source(f"parquet://{tmp_path}") as source:
        assert source.check() == f"DuckDB {duckdb.__version__} at {tmp_path} answers; tables: people"
    assert read(f"parquet://{tmp_path}", "SELECT n FROM people") == [{"n": 1}]


def test_a_compressed_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "people.csv.gz").write_bytes(gzip.compress(b"n,name\n1,ana\n"))
    assert read(f"csv://{tmp_path}", "SELECT * FROM people") == [{"n": 1, "name": "ana"}]


def test_a_late_row_decides_over_the_type_of_a_csv_column_too(tmp_path: Path) -> None:
    lines = "\n".join(map(str, range(50_000)))
    (tmp_path / "codes.csv").write_text(f"code\n{lines}\nN/A\n")
    assert read(f"csv://{tmp_path}", "SELECT count(*) AS n FROM codes WHERE code = 'N/A'") == [{"n": 1}]


def test_empty_text_and_nothing_at_all_differ_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text('n,name\n1,""\n2,\n')
    assert read(f"csv://{tmp_path}", "SELECT * FROM people ORDER BY n") == [{"n": 1, "name": ""}, {"n": 2, "name": None}]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_folder_that_is_not_there_or_is_empty_names_the_setting(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Misconfigured, match=rf"WAREHOUSE_URL names {tmp_path}/gone, and there is no such folder"):
        open_source(f"{kind}://{tmp_path}/gone")
    with pytest.raises(Misconfigured, match=rf"WAREHOUSE_URL names {tmp_path}, which holds no {kind} file"):
        open_source(f"{kind}://{tmp_path}")


def test_a_file_that_is_not_what_it_is_called_is_named(tmp_path: Path) -> None:
    (tmp_path / "people.parquet").write_text("not a table")
    with pytest.raises(Misconfigured, match=rf"WAREHOUSE_URL names {tmp_path}, where DuckDB cannot read people"):
        open_source(f"parquet://{tmp_path}")


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "people.csv", "SELECT 1 AS n")
    write(tmp_path / "PEOPLE/part-0.csv", "SELECT 2 AS n")
    with pytest.raises(Misconfigured, match=r"where two are called \w+"):
        open_source(f"csv://{tmp_path}")


def test_a_name_with_quotes_in_it_is_a_name(tmp_path: Path) -> None:
    write(tmp_path / "it''s \"one\".parquet", "SELECT 1 AS n")
    assert read(f"parquet://{tmp_path}", 'SELECT n FROM "it\'s ""one"""') == [{"n": 1}]
