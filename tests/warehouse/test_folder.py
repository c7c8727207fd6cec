from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from iterable_admin.errors import Misconfigured, Permanent, Problem
from iterable_admin.warehouse.source import open_source

Kind = str


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[Kind], str]:
    """A file `people` and a folder `more` of two."""

    def write(kind: Kind) -> str:
        (tmp_path / "more").mkdir()
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT 1 AS id, 'ada' AS name) TO '{tmp_path}/people.{kind}'")
            for number in (2, 3):
                connection.execute(f"COPY (SELECT {number} AS id, 'x' AS name) TO '{tmp_path}/more/{number}.{kind}'")
        return f"{kind}://{tmp_path}"

    return write


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_each_file_and_each_folder_of_files_is_a_table(folder: Callable[[Kind], str], kind: Kind) -> None:
    with open_source(folder(kind)) as source:
        [batch] = source.batches("SELECT * FROM people UNION ALL SELECT * FROM more WHERE id > $id ORDER BY id", {"id": 2})
    assert batch.to_pylist() == [{"id": 1, "name": "ada"}, {"id": 3, "name": "x"}]


@pytest.mark.parametrize(
    "query", ["SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM glob('/*')", "SET enable_external_access = true"]
)
def test_a_query_reads_nothing_beside_its_folder(folder: Callable[[Kind], str], query: str) -> None:
    with open_source(folder("parquet")) as source, pytest.raises(Problem):
        list(source.batches(query))


@pytest.mark.parametrize("query", ["SELECT * FROM read_csv('/etc/passwd')", "ATTACH '/tmp/other.duckdb'"])
def test_a_query_reads_nothing_beside_its_file(tmp_path: Path, query: str) -> None:
    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    with open_source(f"duckdb://{path}") as source, pytest.raises(Permanent):
        list(source.batches(query))


def test_a_folder_that_is_missing_or_empty_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no such folder"):
        open_source(f"csv://{tmp_path}/none")
    with pytest.raises(Misconfigured, match=r"holds no \.csv file"):
        open_source(f"csv://{tmp_path}")
