"""What PostgreSQL's planner knows of tables that grow a thousandfold in one job.

Autovacuum looks once a minute. Until then a table that was empty counts as empty, and each batch reads all of it instead of an
index: of 120,000 newcomers that took a fifth of the database's time.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model

FIRST, TIMES = 2_000, 4
# A tenth of the usual: it is the size that counts here, and autovacuum looks closer once the job is over.
TARGET = 10


class Growth:
    """Told of what was written, it has the tables looked at: after 2,000 rows, 8,000, 32,000…"""

    def __init__(self, models: Sequence[type[Model]]) -> None:
        self.tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
        self.written, self.next = 0, FIRST

    def note(self, rows: int) -> None:
        """Outside of a transaction: its locks would last as long as that."""
        self.written += rows
        if self.written < self.next:
            return
        self.next = self.written * TIMES
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET default_statistics_target = {TARGET}")
                cursor.execute(f"ANALYZE {', '.join(self.tables)}")
                cursor.execute("RESET default_statistics_target")


def look_up_by_index() -> None:
    """For a job that looks up a thousand keys at a time, of which few or none are there; as long as this connection lasts.

    By default PostgreSQL takes a page looked up for four times as dear as one in turn, as on a turning disk, and reads tables
    of a hundred thousand rows from end to end, with three processes, once for each thousand keys.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET random_page_cost = 1.1")
