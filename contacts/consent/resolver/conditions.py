"""Conditions written once, read twice: by Python about one person, as SQL about everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A piece of SQL with its parameters, in the order of its placeholders.
Sql = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Reading:
    """What the names in a condition mean for one person and message type."""

    facts: Mapping[str, bool]
    moments: Mapping[str, datetime | None]


@dataclass(frozen=True)
class Columns:
    """What the names in a condition are in SQL. A fact that is the same for everybody is a plain truth."""

    facts: Mapping[str, Sql | bool]
    moments: Mapping[str, str]


class Condition:
    def __and__(self, other: Condition) -> Condition:
        return Both(self, other)

    def __or__(self, other: Condition) -> Condition:
        return Either(self, other)

    def __invert__(self) -> Condition:
        return Not(self)

    def holds(self, person: Reading) -> bool:
        raise NotImplementedError

    def sql(self, columns: Columns) -> Sql:
        raise NotImplementedError


@dataclass(frozen=True)
class Fact(Condition):
    name: str

    def holds(self, person: Reading) -> bool:
        return person.facts[self.name]

    def sql(self, columns: Columns) -> Sql:
        fact = columns.facts[self.name]
        if isinstance(fact, bool):
            return ("(1 = 1)" if fact else "(1 = 0)"), ()
        return fact


@dataclass(frozen=True)
class Happened(Condition):
    moment: str

    def holds(self, person: Reading) -> bool:
        return person.moments[self.moment] is not None

    def sql(self, columns: Columns) -> Sql:
        return f"({columns.moments[self.moment]} IS NOT NULL)", ()


@dataclass(frozen=True)
class After(Condition):
    """It happened, and the other one never did or did before. Of two at the same moment neither is after the other."""

    moment: str
    other: str

    def holds(self, person: Reading) -> bool:
        first, second = person.moments[self.moment], person.moments[self.other]
        return first is not None and (second is None or first > second)

    def sql(self, columns: Columns) -> Sql:
        first, second = columns.moments[self.moment], columns.moments[self.other]
        return f"({first} IS NOT NULL AND ({second} IS NULL OR {first} > {second}))", ()


@dataclass(frozen=True)
class Both(Condition):
    first: Condition
    second: Condition

    def holds(self, person: Reading) -> bool:
        return self.first.holds(person) and self.second.holds(person)

    def sql(self, columns: Columns) -> Sql:
        return _joined("AND", self.first.sql(columns), self.second.sql(columns))


@dataclass(frozen=True)
class Either(Condition):
    first: Condition
    second: Condition

    def holds(self, person: Reading) -> bool:
        return self.first.holds(person) or self.second.holds(person)

    def sql(self, columns: Columns) -> Sql:
        return _joined("OR", self.first.sql(columns), self.second.sql(columns))


@dataclass(frozen=True)
class Not(Condition):
    inner: Condition

    def holds(self, person: Reading) -> bool:
        return not self.inner.holds(person)

    def sql(self, columns: Columns) -> Sql:
        text, parameters = self.inner.sql(columns)
        return f"(NOT {text})", parameters


def _joined(word: str, first: Sql, second: Sql) -> Sql:
    return f"({first[0]} {word} {second[0]})", first[1] + second[1]
