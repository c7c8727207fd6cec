"""The database's connection of this thread, for those who outlive it."""

from __future__ import annotations

from django.db import connection


def reconnect() -> None:
    """If it broke: the database was restarted, or let go of it. Not within a transaction, which went with it."""
    if not connection.in_atomic_block and not connection.is_usable():
        connection.close()
