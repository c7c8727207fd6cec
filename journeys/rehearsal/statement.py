"""One statement: every question once for each person who enters, with why they may not be mailed; then how many are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.conditions.frames import Sql
from contacts.conditions.sql import compiled
from contacts.conditions.sql_past import profile
from contacts.conditions.tree import Condition
from contacts.consent.resolver.people import PRESENCE, People, Variant, first_reason
from journeys.rehearsal.causes import source_of, until, withdrew_from
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

    def place(self, question: Asks | Share, *, sure: bool) -> int:
        if isinstance(question, Share):
            return self._keep(in_share(question))
        frame = self.scene.frame(question.span, sure=sure)
        return self._keep(compiled(question.condition, frame))

    def place_of(self, condition: Condition) -> int:
        """Of a condition that asks for nothing that changes."""
        return self._keep(compiled(condition, self.scene.frame(Span.at(self.scene.entered))))

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
    text, values, columns = _up_to_causes(scene, predicates, variants)
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    whole = f"{text} SELECT {', '.join(columns)}, COUNT(*) FROM told GROUP BY {places}"
    return Statement((whole, values), len(predicates.places), variants)


def people_statement(scene: Scene, predicates: Predicates, variants: Sequence[Variant]) -> Statement:
    """The same rows, one for each person, with their id instead of a number."""
    text, values, columns = _up_to_causes(scene, predicates, variants)
    whole = f"{text} SELECT {', '.join(columns)}, entrant FROM told ORDER BY entrant DESC"
    return Statement((whole, values), len(predicates.places), variants)


def _up_to_causes(scene: Scene, predicates: Predicates, variants: Sequence[Variant]) -> tuple[str, tuple[Any, ...], list[str]]:
    """`told`: a row for each entrant."""
    people = People(list(scene.types.values()), scene.as_of)
    table, values = people.table()
    entrants, more = _entrants(scene, predicates)
    said, reasons = _said(people, variants)
    told, causes = _told(scene, people, variants, len(predicates.places))
    text = f"{table}, entrants AS {_once()}({entrants}), said AS {_once()}({said}), told AS ({told})"
    flags = [f"p{number}" for number in range(len(predicates.places))]
    columns = [*flags, "presence", *(column for n in range(len(variants)) for column in (f"code_{n}", f"cause_{n}"))]
    return text, (*values, *more, *reasons, *causes), columns


def _once() -> str:
    """Each is read by one other: PostgreSQL then runs all of them in several workers, kept apart by a fence."""
    return "" if connection.vendor == "postgresql" else "MATERIALIZED "


def fence() -> str:
    """PostgreSQL would write what a table computes into each place that reads it."""
    return " OFFSET 0" if connection.vendor == "postgresql" else ""


def _entrants(scene: Scene, predicates: Predicates) -> Sql:
    source, values = everybody(scene)
    tests = list(predicates.places)
    columns = "".join(f", {text} AS p{number}" for number, (text, _) in enumerate(tests))
    enters, limits = compiled(scene.enters, scene.frame(Span.at(scene.entered)))
    text = f"SELECT c.id AS entrant{columns} FROM {source} c WHERE c.email <> '' AND {enters}{fence()}"
    return text, (*(value for _, inner in tests for value in inner), *values, *limits)


def everybody(scene: Scene) -> Sql:
    """All contacts, as they were known by then."""
    past = scene.frame(Span.at(scene.entered)).past
    if past is None:
        return "contacts_contact", ()
    moment, values = past.moment()
    undone, more = profile(past)
    columns = ", ".join(f"c.{name}" for name in COLUMNS)
    return f"(SELECT {columns}, {undone} AS profile FROM contacts_contact c WHERE c.created_at <= {moment})", (*more, *values)


def _said(people: People, variants: Sequence[Variant]) -> Sql:
    reasons = [first_reason(variant, people) for variant in variants]
    broadly = [withdrew_from(people.columns(variant)) for variant in variants]
    columns = "".join(
        f", {reason} AS code_{number}, {broad} AS broad_{number}"
        for number, ((reason, _), (broad, _)) in enumerate(zip(reasons, broadly, strict=True))
    )
    values = tuple(value for first, second in zip(reasons, broadly, strict=True) for value in (*first[1], *second[1]))
    joined = f"FROM people JOIN entrants ON entrant = id{fence()}"
    return f"SELECT entrants.*, address_key, {PRESENCE} AS presence{columns} {joined}", values


def _told(scene: Scene, people: People, variants: Sequence[Variant], flags: int) -> Sql:
    kept = "".join(f"p{number}, " for number in range(flags)) + "entrant, presence"
    causes = [source_of(number, variant, people, until(scene.as_of)) for number, variant in enumerate(variants)]
    columns = "".join(f", code_{number}, {cause} AS cause_{number}" for number, (cause, _) in enumerate(causes))
    return f"SELECT {kept}{columns} FROM said{fence()}", tuple(value for _, inner in causes for value in inner)
