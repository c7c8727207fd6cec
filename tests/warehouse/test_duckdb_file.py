from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from iterable_admin.errors import Misconfigured, Temporary
from iterable_admin.warehouse.duckdb_file import open_duckdb
from iterable_admin.warehouse.duckdb_source import path_named_by
from iterable_admin.warehouse.source import Source, open_source


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT range AS n FROM range(25000)")
    return path


@pytest.fixture
def source(file: Path) -> Iterator[Source]:
    with open_source(f"duckdb://{file}") as opened:
        yield opened


def test_a_stream_left_half_way_leaves_the_file_free(file: Path) -> None:
    with open_source(f"duckdb://{file}") as source:
        stream = source.batches("SELECT n FROM numbers", rows=2_048)
        next(stream)
        stream.close()  # type: ignore[attr-defined] # a generator
    with duckdb.connect(str(file)) as connection:
        connection.execute("DROP TABLE numbers")


def test_the_file_is_opened_for_reading_only(file: Path) -> None:
    source = open_duckdb(f"duckdb://{file}")
    with source, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        source.connection.execute("CREATE TABLE more AS SELECT 1 AS n")


def test_a_zoned_time_compares_as_utc_wherever_the_machine_stands(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    with open_source(f"duckdb://{file}") as source:
        [batch] = source.batches("SELECT TIMESTAMPTZ '2026-03-01 00:00:00Z' = TIMESTAMP '2026-03-01 00:00:00' AS same")
    assert batch.to_pylist() == [{"same": True}]


def test_the_check_says_what_it_is_and_that_it_answers(source: Source, file: Path) -> None:
    assert source.check() == f"DuckDB {duckdb.__version__} at {file} answers; tables: numbers"


def test_a_missing_file_names_the_setting_and_the_mend_and_creates_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "missing.duckdb"
    with pytest.raises(Misconfigured, match=rf"WAREHOUSE_URL names {missing}.*make demo"):
        open_source(f"duckdb://{missing}")
    assert not missing.exists()


def test_a_file_that_another_process_writes_is_worth_another_try(file: Path) -> None:
    writing = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", writing, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        with pytest.raises(Temporary, match="being written by another process"):
            open_source(f"duckdb://{file}")
        writer.communicate()
    with open_source(f"duckdb://{file}") as source:
        assert "tables: numbers" in source.check()


def test_a_file_of_another_kind_names_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "text.duckdb"
    path.write_text("not a database\n" * 1_000)
    with pytest.raises(Misconfigured, match=r"WAREHOUSE_URL names .*text\.duckdb, which DuckDB cannot read"):
        open_source(f"duckdb://{path}")


@pytest.mark.parametrize("url", ["postgres://reader:s3cret@host/db", "s3cret", ""])
def test_another_scheme_or_none_is_refused_without_showing_the_rest(url: str) -> None:
    with pytest.raises(Misconfigured, match="WAREHOUSE_URL has") as refusal:
        open_source(url)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("duckdb:///data/a%20b.duckdb", "/data/a b.duckdb"),
        ("duckdb:////data/x.duckdb", "/data/x.duckdb"),
        ("duckdb://var/x.duckdb", "var/x.duckdb"),
    ],
)
def test_the_url_names_a_file(url: str, path: str) -> None:
    assert path_named_by(url) == Path(path)
