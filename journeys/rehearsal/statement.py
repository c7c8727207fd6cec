"""One statement: every question once for each person who enters, with why they may not be mailed; then how many are alike.

In three steps, in that order because PostgreSQL runs the first two in several workers: who enters, with what their own fields
say; what keeps each message type from them; and what is asked of their namespaces and events, joined beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import connection

from contacts.conditions.sql import compiled
from contacts.conditions.sql_gathering import Gathering, values_of
from contacts.conditions.sql_past import memberships, undone, undone_fields
from contacts.conditions.tree import Condition
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.people import PRESENCE, People, Variant, first_reason, truth
from journeys.rehearsal.causes import latest_withdrawal, source_of, until, withdrew_from
from journeys.rehearsal.questions import Asks, Share
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.spans import Span

Row = Sequence[Any]
COLUMNS = ("id", "email", "address_key", "gitlab_user_id", "account_created_at", "last_login_at", "created_at", "in_warehouse_at")


@dataclass
class Predicates:
    """Each different test once, however often it is asked: a column of booleans for each."""

    scene: Scene
    places: dict[Sql, int] = field(default_factory=dict)

    @cached_property
    def gathering(self) -> Gathering:
        return Gathering(apart=True, memberships=memberships(self.scene.frame(Span.at(self.scene.entered)).past))

    def place(self, question: Asks | Share, *, sure: bool) -> int:
        if isinstance(question, Share):
            return self._keep(self.gathering.of_person(in_share(question)))
        return self._keep(self._compiled(question.condition, question.span, sure))

    def place_of(self, condition: Condition) -> int:
        """Of a condition that asks for nothing that changes."""
        return self._keep(self._compiled(condition, Span.at(self.scene.entered), sure=True))

    def _compiled(self, condition: Condition, span: Span, sure: bool) -> Sql:
        return compiled(condition, replace(self.scene.frame(span, sure=sure), gathering=self.gathering))

    def _keep(self, sql: Sql) -> int:
        return self.places.setdefault(sql, len(self.places))


def in_share(share: Share) -> Sql:
    bytewise = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    return f"substr(md5(c.address_key || %s), 1, {len(share.limit)}){bytewise} < %s", (f":{share.key}", share.limit)


@dataclass(frozen=True)
class Statement:
    """Rows of: each predicate, presence, then code and cause of each variant, and how many people are alike in all."""

    sql: Sql
    predicates: int
    variants: Sequence[Variant]


def statement(scene: Scene, predicates: Predicates, variants: Sequence[Variant]) -> Statement:
    (told, values), columns = _told(scene, predicates, variants)
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    whole = f"{told}) SELECT {', '.join(columns)}, COUNT(*) FROM told GROUP BY {places}"
    return Statement((whole, values), len(predicates.places), variants)


def people_statement(scene: Scene, predicates: Predicates, variants: Sequence[Variant]) -> Statement:
    """The same rows, one for each person, with their id instead of a number."""
    (told, values), columns = _told(scene, predicates, variants)
    whole = f"{told}) SELECT {', '.join(columns)}, id FROM told ORDER BY id DESC"
    return Statement((whole, values), len(predicates.places), variants)


def _told(scene: Scene, predicates: Predicates, variants: Sequence[Variant]) -> tuple[Sql, list[str]]:
    """`told`, left open: a row for each entrant; and the columns by which people are alike."""
    own = predicates.gathering.own
    people = People(list(scene.types.values()), scene.as_of, _entrants(scene, own), ["email", *own.values()])
    table, values = people.table()
    said, reasons = _said(people, variants)
    flags = {f"p{number}": sql for number, sql in enumerate(predicates.places)}
    causes = {f"cause_{n}": source_of(n, variant, people, until(scene.as_of)) for n, variant in enumerate(variants)}
    joins, more = predicates.gathering.joins()
    asked = "".join(f", {text} AS {name}" for name, (text, _) in {**flags, **causes}.items())
    codes = [f"code_{number}" for number in range(len(variants))]
    told = f"SELECT {', '.join(['c.id', 'presence', *codes])}{asked} FROM said c{joins}"
    text = f"{table}, said AS {_once()}({said}), told AS {_once()}({told}"
    columns = [*flags, "presence", *(column for pair in zip(codes, causes, strict=True) for column in pair)]
    return (text, (*values, *reasons, *values_of([*flags.values(), *causes.values()]), *more)), columns


def _once() -> str:
    """Each is read by one other: PostgreSQL then runs all of them in several workers, kept apart by a fence."""
    return "" if connection.vendor == "postgresql" else "MATERIALIZED "


def fence() -> str:
    """PostgreSQL would write what a table computes into each place that reads it.

    A plain 0 would be cast to a bigint first, and what it cannot see to be a constant zero it gives to no parallel worker.
    """
    return " OFFSET '0'::bigint" if connection.vendor == "postgresql" else ""


def _entrants(scene: Scene, own: dict[Sql, str]) -> Sql:
    source, values = everybody(scene)
    columns = "".join(f", {text} AS {name}" for (text, _), name in own.items())
    enters, limits = compiled(scene.enters, scene.frame(Span.at(scene.entered)))
    text = f"""SELECT c.id, c.address_key, c.email, {truth(True)} AS has_address{columns} FROM {source} c
        WHERE c.email <> '' AND {enters}{fence()}"""
    return text, (*values_of(own), *values, *limits)


def everybody(scene: Scene) -> Sql:
    """All contacts, as they were known by then."""
    past = scene.frame(Span.at(scene.entered)).past
    if past is None:
        return "contacts_contact", ()
    moment, values = past.moment()
    changed, more = undone_fields(past)
    columns = ", ".join(f"c.{name}" for name in COLUMNS)
    text = f"""(SELECT {columns}, {undone("c.profile", "u.fields")} AS profile FROM contacts_contact c
        LEFT JOIN {changed} u ON u.contact_id = c.id WHERE c.created_at <= {moment})"""
    return text, (*more, *values)


def _said(people: People, variants: Sequence[Variant]) -> Sql:
    """Of each variant the first reason, whether a withdrawal of more than the type stands, and which one is the latest."""
    columns: dict[str, Sql] = {}
    for number, variant in enumerate(variants):
        columns[f"code_{number}"] = first_reason(variant, people)
        columns[f"broad_{number}"] = withdrew_from(people.columns(variant))
        if people.as_of.is_now:
            columns[f"by_{number}"] = latest_withdrawal(variant, people)
    told = "".join(f", {text} AS {name}" for name, (text, _) in columns.items())
    carried = ", ".join(("id", "address_key", *people.carried))
    return f"SELECT {carried}, {PRESENCE} AS presence{told} FROM people{fence()}", values_of(columns.values())
