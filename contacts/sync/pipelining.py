"""What goes on side by side in one run: the next batch is read and the one before is written, while one is compared."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Self

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


class Behind:
    """Each batch is written while the next is compared, in a thread with a connection of its own; in order, one at a time.

    In turns where that connection would not see the transaction under way, and on SQLite, which has one writer.
    """

    def __init__(self, write: Callable[[Compared], None]) -> None:
        in_turns = connection.in_atomic_block or connection.vendor != "postgresql"
        self.write = write
        self.thread = None if in_turns else ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind")
        self.writing: Future[None] | None = None

    def take(self, batch: Compared) -> None:
        """Once the one before is written; raises what came of that."""
        self.wait()
        if self.thread:
            self.writing = self.thread.submit(self.write, batch)
        else:
            self.write(batch)

    def wait(self) -> None:
        """Until all that was taken is written."""
        if self.writing:
            self.writing.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *told: object) -> None:
        """Why the writing ended is told before whatever ended the comparing meanwhile."""
        if self.thread:
            try:
                self.wait()
            finally:
                self.thread.submit(connections.close_all).result()
                self.thread.shutdown()
