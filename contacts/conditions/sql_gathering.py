"""What several conditions ask, gathered so that each table is read once for all of them, and joined instead of looked up.

PostgreSQL 15 gives nothing to its parallel workers that hangs on the row it stands in ("parallel restricted"), and asks a
subquery of each place where it stands. A table of answers beside the contacts is read once, and by several workers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.conditions.sql_events import performed
from contacts.consent.resolver.conditions import Sql

OF_NAMESPACES = "n"
OF_EVENTS = "v{}"
Rows = dict[Sql, str]
"""Tests of one row, and the name under which so many fulfilled it."""


@dataclass
class Gathering:
    """`apart`: comparisons of the person become columns too, of a table that is asked earlier than the conditions are.

    `memberships`: a table with `contact_id` and `information`.
    """

    apart: bool = False
    memberships: Sql = ("contacts_membership", ())
    own: Rows = field(default_factory=dict)
    namespaces: Rows = field(default_factory=dict)
    events: dict[str, Rows] = field(default_factory=dict)

    def of_person(self, test: Sql) -> Sql:
        return (f"c.{_kept(self.own, test, 'q')}", ()) if self.apart else test

    def of_namespaces(self, test: Sql) -> str:
        """How many namespaces of `c` fulfil it."""
        return f"COALESCE({OF_NAMESPACES}.{_kept(self.namespaces, test, 's')}, 0)"

    def of_events(self, name: str, test: Sql) -> str:
        """How many events of this name `c` performed that fulfil it."""
        rows = self.events.setdefault(name, {})
        return f"COALESCE({OF_EVENTS.format(list(self.events).index(name))}.{_kept(rows, test, 's')}, 0)"

    def joins(self) -> Sql:
        """Beside a table `c` with `id` and `email`."""
        parts = [self._of_namespaces()] if self.namespaces else []
        parts += [_of_event(number, name, rows) for number, (name, rows) in enumerate(self.events.items())]
        return "".join(text for text, _ in parts), tuple(value for _, values in parts for value in values)

    def _of_namespaces(self) -> Sql:
        (counts, some), (table, values), told = _counted(self.namespaces), self.memberships, values_of(self.namespaces)
        text = f"SELECT m.contact_id{counts} FROM {table} m WHERE {some} GROUP BY m.contact_id{_alone()}"
        return f" LEFT JOIN ({text}) {OF_NAMESPACES} ON {OF_NAMESPACES}.contact_id = c.id", (*told, *values, *told)


def _alone() -> str:
    """Made once, by workers of its own, and not once in each worker of the query around it.

    PostgreSQL does not see in time that this integer is a constant zero, which is a bigint, and keeps the table from the others.
    """
    return " OFFSET 0" if connection.vendor == "postgresql" else ""


def _kept(rows: Rows, test: Sql, letter: str) -> str:
    return rows.setdefault(test, f"{letter}{len(rows)}")


def _of_event(number: int, name: str, rows: Rows) -> Sql:
    alias, (counts, some), (named, values) = OF_EVENTS.format(number), _counted(rows), performed(name)
    text = f"SELECT e.email{counts} FROM inbox_event e WHERE {named} AND {some} GROUP BY e.email{_alone()}"
    told = values_of(rows)
    return f" LEFT JOIN ({text}) {alias} ON {alias}.email = c.email", (*told, *values, *told)


def _counted(rows: Rows) -> tuple[str, str]:
    """The columns, and the rows that matter to any of them."""
    counts = "".join(f", COUNT(*) FILTER (WHERE {text}) AS {name}" for (text, _), name in rows.items())
    return counts, "(" + " OR ".join(text for text, _ in rows) + ")"


def values_of(tests: Iterable[Sql]) -> tuple[Any, ...]:
    return tuple(value for _, values in tests for value in values)
