"""How many people come to each step, and what becomes of them there: for everybody at once, from one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.exposing import FOR_A_LOOK_AT_EVERYBODY
from journeys.definition.graph import Message
from journeys.rehearsal.bounding import Answers, Bounds, Cell, Said, bounds
from journeys.rehearsal.causes import cause_of
from journeys.rehearsal.questions import Answer, Plain, Question
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.statement import Predicates, Row, Statement, people_statement, statement
from journeys.rehearsal.visits import Visit

RETIRED = "RETIRED"
"""The reason of whoever would get a message whose type is retired."""
FOR_NOW = "; SET LOCAL enable_sort = off; SET LOCAL parallel_leader_participation = off"
"""Half a million people are alike in a hundred ways, where PostgreSQL expects nearly as many ways as people, and would sort them.

And the process that joins and counts has enough to do while its workers find out who may be mailed: 4.4 s, not 5.1 s.
"""


@dataclass
class Counts:
    """People by cell: so many at least, so many at most."""

    certain: Counter[Cell] = field(default_factory=Counter)
    possible: Counter[Cell] = field(default_factory=Counter)

    def add(self, found: Bounds, people: int) -> None:
        for counts, cells in zip((self.certain, self.possible), found, strict=True):
            for cell in cells:
                counts[cell] += people


def count_now(scene: Scene) -> Counts:
    """Modes *now* and *as of*: of whoever matches at the moment of the scene."""
    counts = Counts()
    reading = Reading(scene)
    for row in run(reading.counted.sql, "" if scene.past else FOR_NOW):
        counts.add(reading.bounds(row), int(row[-1]))
    return counts


def run(sql: Sql, settings: str = "") -> Iterator[Row]:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FOR_A_LOOK_AT_EVERYBODY + settings)
        cursor.execute(*sql)
        while rows := cursor.fetchmany(2_000):
            yield from rows


class Reading:
    """What the columns of a row mean for the walk. Questions and visits are known by identity: they live as long as the scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.predicates = Predicates(scene)
        self.places: dict[int, tuple[int, int]] = {}
        self.ages: dict[int, tuple[int, int]] = {}
        variants = {step.key: scene.variant(step) for step in scene.messages()}
        self.variants = list(dict.fromkeys(found for found in variants.values() if found))
        self.numbers = {key: None if found is None else self.variants.index(found) for key, found in variants.items()}
        for visit in scene.visits:
            self._ask(visit)

    def _ask(self, visit: Visit) -> None:
        for question in (*(when for _, when in visit.leaves), *(way.when for way in visit.ways)):
            if not isinstance(question, Plain):
                sure, possible = (self.predicates.place(question, sure=side) for side in (True, False))
                self.places[id(question)] = (sure, possible)
        if isinstance(visit.step, Message) and visit.span.latest > self.scene.entered:
            first, last = self.scene.aged(visit.span.earliest), self.scene.aged(visit.span.latest)
            self.ages[id(visit)] = (self.predicates.place_of(first), self.predicates.place_of(last))

    @property
    def counted(self) -> Statement:
        return statement(self.scene, self.predicates, self.variants)

    @property
    def one_by_one(self) -> Statement:
        return people_statement(self.scene, self.predicates, self.variants)

    def bounds(self, row: Row) -> Bounds:
        return bounds(self.scene.visits, self.answers(row))

    def answers(self, row: Row) -> Answers:
        return Answers(self._of(row), self._said(row), self._aged(row))

    def _of(self, row: Row) -> Callable[[Question], Answer]:
        def of(question: Question) -> Answer:
            sure, possible = self.places[id(question)]
            return bool(row[sure]), bool(row[possible])

        return of

    def _said(self, row: Row) -> Callable[[Message], Said]:
        after = len(self.predicates.places)

        def said(step: Message) -> Said:
            number = self.numbers[step.key]
            if number is None:
                return Said(RETIRED, "", False)
            place = after + 1 + 2 * number
            return Said(row[place], cause_of(row[place], row[place + 1]), as_truth(row[after]))

        return said

    def _aged(self, row: Row) -> Callable[[Visit], Answer]:
        def aged(visit: Visit) -> Answer:
            places = self.ages.get(id(visit))
            return (bool(row[places[0]]), bool(row[places[1]])) if places else (False, False)

        return aged


def as_truth(value: Any) -> bool | None:
    return None if value is None else bool(value)
