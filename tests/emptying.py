"""How a test that commits is undone: what Django's flush does, where something is, and nothing where nothing is.

A flush truncates or deletes from each of some seventy tables and makes all permissions anew, hundreds of times in a run.
"""

from __future__ import annotations

from functools import cache

from django.db import connection, transaction

from contacts.consent.triggers import TABLES, lifted

# Made by `migrate`, the same for every test.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_database() -> None:
    """The ledger refuses it even here, unless its triggers are lifted for the moment."""
    there = filled()
    if there.isdisjoint(TABLES):
        _delete(there)
        return
    with lifted(connection):
        _delete(there)


def filled() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in _tables()))
        return {table for (table,) in cursor.fetchall()}


@cache
def _tables() -> list[str]:
    return sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT)


def _delete(tables: set[str]) -> None:
    """In any order: Django's foreign keys are checked at the commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")
