"""What goes on side by side in one run: the next batch is read and the one before is written, while one is compared."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from django.db import connection, connections

from contacts.sync.classifying import Classified
from contacts.sync.comparing import Compared


def ahead(batches: Generator[Classified]) -> Generator[Classified]:
    """Each is read while the one before is compared, in a thread."""
    with closing(batches), ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def behind(batches: Generator[Compared], write: Callable[[Compared], None]) -> Generator[Compared]:
    """Each is written while the next is compared, in a thread with a connection of its own; in order, one at a time.

    In turns where that connection would not see the transaction under way, and on SQLite, which has one writer.
    """
    with closing(batches):
        if connection.in_atomic_block or connection.vendor != "postgresql":
            yield from _in_turns(batches, write)
        else:
            yield from _side_by_side(batches, write)


def _in_turns(batches: Iterator[Compared], write: Callable[[Compared], None]) -> Generator[Compared]:
    for batch in batches:
        write(batch)
        yield batch


def _side_by_side(batches: Iterator[Compared], write: Callable[[Compared], None]) -> Generator[Compared]:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind") as writer:
        writing: Future[None] | None = None
        try:
            for batch in batches:
                if writing:
                    writing.result()
                writing = writer.submit(write, batch)
                yield batch
            if writing:
                writing.result()
        finally:
            writer.submit(connections.close_all).result()
