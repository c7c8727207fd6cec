"""The stage itself: filled from the source batch by batch, gone with the run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from contacts.sync.models import SyncDefinition
from iterable_admin.errors import Permanent
from iterable_admin.processes import is_known_dead, this_process

# Beyond it DuckDB goes to its folder: the sync's process stays small whatever the source holds. While the source is read,
# which has buffers too, less is left.
MEMORY, MEMORY_WHILE_FILLING = "220MB", "120MB"
THREADS = 2
READ = "read_rows"
# Of a person, whatever is mapped.
STORED = {
    *("email_address", "gitlab_dotcom_user_id", "gitlab_dotcom_created_date"),
    *("gitlab_dotcom_last_login_date", "namespaces_array"),
}
# What the stage's own statements call theirs: beside a column of the query they would be ambiguous.
TAKEN = {"digest", "key", "mailbox", "place", "rowid", "shares_user", "text_digest"}
BATCHES_A_PART = 2
SHORTER = (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32())
NAME_TAKEN = (
    "The query of {definition} gives columns that the sync itself calls so: {names}. Rename them in the query, as in "
    "{name} AS my_{name}, and in what is mapped of them."
)
Told = Callable[[int], None]


class Stage:
    """`columns` are the query's, in lower case as both DuckDB and Snowflake take them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Of its own: in memory as far as that goes, in the folder beyond. A file would be written twice, for its log.
        config: dict[str, Any] = {"TimeZone": "UTC", "memory_limit": MEMORY_WHILE_FILLING, "threads": THREADS}
        config |= {"temp_directory": str(folder), "preserve_insertion_order": False}
        config |= {"autoinstall_known_extensions": False}
        self.connection = duckdb.connect(":memory:", config=config)
        self.columns: list[str] = []
        self.compared: list[str] = []
        """Those whose change is one: what the query gives besides is nobody's news."""
        self.whole: set[str] = set()
        """Those that are integers so far."""
        self.digest = ""
        """The SQL of what a row says, in one order."""

    def fill(self, batches: Iterator[pa.RecordBatch], told: Told) -> None:
        """Takes in everything; told how many rows it has after each part."""
        rows = 0
        for part in batched(batches, BATCHES_A_PART):
            self._take(part)
            rows += sum(batch.num_rows for batch in part)
            told(rows)

    def spread(self) -> None:
        """Once the source is closed."""
        self.connection.execute(f"SET memory_limit = '{MEMORY}'")

    def _take(self, part: Sequence[pa.RecordBatch]) -> None:
        if first := not self.columns:
            self.columns = [name.lower() for name in part[0].schema.names]
            if len(set(self.columns)) < len(self.columns):
                raise Permanent(f"The query names two columns alike: {', '.join(self.columns)}. Give each a name of its own.")
        arrived = _of_one_width(part).rename_columns(self.columns)
        self.connection.register("arrived", arrived)
        if first:
            self.whole = {field.name for field in arrived.schema if pa.types.is_integer(field.type)}
        self._widen(arrived.schema)
        verb = f"CREATE TABLE {READ} AS" if first else f"INSERT INTO {READ}"
        self.connection.execute(f"{verb} SELECT * FROM arrived")
        self.connection.unregister("arrived")

    def _widen(self, arrived: pa.Schema) -> None:
        """Of one NUMBER column Snowflake sends integers, and decimals in a chunk that has a value beyond 64 bits."""
        for name in [field.name for field in arrived if field.name in self.whole and pa.types.is_decimal(field.type)]:
            self.connection.execute(f'ALTER TABLE {READ} ALTER "{name}" TYPE DECIMAL(38, 0)')
            self.whole.remove(name)

    def run(self, statement: str, parameters: Sequence[object] = ()) -> None:
        self.connection.execute(statement, list(parameters))

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Through a cursor of its own, as what is ahead is read in another thread."""
        with self.connection.cursor() as cursor:
            return cursor.execute(query, list(parameters)).fetchall()

    def one(self, query: str, parameters: Sequence[object] = ()) -> Any:
        [(value,)] = self.rows(query, parameters)
        return value

    def stream(self, query: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Through a cursor of its own: a second query on one connection would end it."""
        with self.connection.cursor() as cursor:
            yield from cursor.sql(query).to_arrow_reader(rows)

    def close(self) -> None:
        self.connection.close()


def _of_one_width(part: Sequence[pa.RecordBatch]) -> pa.Table:
    """Snowflake takes the narrowest integers of each chunk: a byte in one, four in the next."""
    return pa.concat_tables(map(_with_long_integers, part), promote_options="permissive")


def _with_long_integers(batch: pa.RecordBatch) -> pa.Table:
    fields = [field.with_type(pa.int64()) if field.type in SHORTER else field for field in batch.schema]
    return pa.Table.from_batches([batch]).cast(pa.schema(fields))


def need_columns(stage: Stage, definition: SyncDefinition) -> None:
    """Permanent, naming the column that the query lacks, or names as none may be named."""
    if taken := [name for name in stage.columns if name in TAKEN]:
        raise Permanent(NAME_TAKEN.format(definition=definition, names=", ".join(taken), name=taken[0]))
    by_user = definition.match_key == SyncDefinition.MatchKey.USER_ID
    needed = ["gitlab_dotcom_user_id"] if by_user else ["email_address"]
    if definition.keeps_contacts:
        needed += ["gitlab_dotcom_user_id", "gitlab_dotcom_created_date", "namespaces_array"]
    mapped = [row.source.partition(".")[0] for row in definition.mappings.all() if row.enabled]
    needed += ["namespaces_array" if name == "first_namespace" else name for name in mapped]
    stage.compared = [name for name in stage.columns if name in STORED.union(needed)]
    if missing := sorted(set(needed) - set(stage.columns)):
        raise Permanent(f"The query of {definition} gives no column {', '.join(missing)}: add it, or switch its mapping off.")


def batched(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[list[pa.RecordBatch]]:
    while part := list(islice(batches, size)):
        yield part


@contextmanager
def open_stage() -> Iterator[Stage]:
    parent = settings.VAR_DIR / "sync"
    parent.mkdir(parents=True, exist_ok=True)
    _clear_up_after_the_dead(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{this_process()}-", dir=parent))
    stage = Stage(folder)
    try:
        yield stage
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)


def _clear_up_after_the_dead(parent: Path) -> None:
    for folder in parent.iterdir():
        if is_known_dead(folder.name.rpartition("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)
