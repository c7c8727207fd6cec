"""Tables of this connection's own, while something is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def temporary(name: str, definition: str, values: Sequence[Any] = (), analyzed: str = "") -> Iterator[None]:
    """`definition` is what follows the name. `analyzed`: columns of which PostgreSQL has to know how they are spread."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} {definition}", values)
        if analyzed and connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {name} ({analyzed})")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"DROP TABLE {name}")
