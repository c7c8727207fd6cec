"""A query in a definition is somebody's text: it reads the tables of the warehouse and nothing else of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from iterable_admin.errors import Permanent, Problem
from iterable_admin.warehouse import duckdb_source
from iterable_admin.warehouse.duckdb_source import DuckDBSource
from iterable_admin.warehouse.source import Source, open_source
from tests.warehouse.warehouses import warehouse_of


@pytest.fixture(params=["duckdb", "parquet", "csv"])
def locked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret.csv").write_text("word\ns3cret\n")
    warehouse = warehouse_of(request.param, tmp_path / "data")
    warehouse.write_numbers(3)
    with warehouse.open() as source:
        yield source


@pytest.mark.parametrize(
    "place",
    [
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "read_blob('/etc/passwd')",
        "'/etc/passwd'",
        "glob('/etc/*')",
        "read_csv('{folder}/../secret.csv')",
        "'{folder}/../secret.csv'",
        "read_csv('http://127.0.0.1:9/x.csv')",
        "read_csv('s3://bucket/x.csv')",
        "sqlite_scan('/etc/passwd', 'x')",
        "duckdb_secrets()",
        "query('ATTACH ''/tmp/x.duckdb''')",
    ],
)
def test_nothing_but_its_tables_can_be_read(locked: Source, tmp_path: Path, place: str) -> None:
    with pytest.raises(Problem):
        list(locked.batches(f"SELECT * FROM {place.format(folder=tmp_path / 'data')}"))


def test_a_refused_file_says_so(locked: Source) -> None:
    with pytest.raises(Permanent, match="disabled by configuration"):
        list(locked.batches("SELECT * FROM read_csv('/etc/passwd')"))


@pytest.mark.parametrize(
    "statement",
    [
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/etc']",
        "ATTACH '/tmp/other.duckdb'",
        "COPY numbers TO '/tmp/numbers.csv'",
        "LOAD httpfs",
    ],
)
def test_nothing_unlocks_it_even_below_the_check_of_the_query(locked: DuckDBSource, statement: str) -> None:
    with pytest.raises(duckdb.Error, match=r"locked|disabled"):
        locked.connection.execute(statement)


def test_two_sources_of_one_file_are_open_at_once(tmp_path: Path) -> None:
    warehouse = warehouse_of("duckdb", tmp_path)
    warehouse.write_numbers(3)
    with open_source(warehouse.url) as one, open_source(warehouse.url) as other:
        assert one.check() == other.check()


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_a_sort_larger_than_memory_still_spills_to_disk(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"memory_limit": "40MB", "threads": 1}.items():
        monkeypatch.setitem(duckdb_source.SESSION, name, value)
    warehouse = warehouse_of(kind, tmp_path)
    warehouse.write_numbers(3)
    query = "SELECT count(*) FROM (SELECT md5(range::VARCHAR) AS m FROM range(1000000) ORDER BY m LIMIT 900000 OFFSET 9)"
    with open_source(warehouse.url) as source:
        [batch] = source.batches(query)
    assert batch.column(0).to_pylist() == [900_000]


def test_a_variable_of_ours_is_no_table(locked: DuckDBSource) -> None:
    mine = pa.table({"n": [1]})
    with pytest.raises(duckdb.CatalogException, match="mine"):
        locked.connection.sql("SELECT * FROM mine")
    assert mine.num_rows == 1
