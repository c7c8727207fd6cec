"""Who gets how many messages in 24 hours and in 7 days, of all described journeys together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from iterable_admin.errors import Problem
from journeys.definition.described import what_counts
from journeys.models import Journey
from journeys.rehearsal.bounding import EXPOSED, SENT, UNKNOWN
from journeys.rehearsal.mailing import MESSAGES, add_messages, messages_table, rows
from journeys.rehearsal.models import PressureRun
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.temporary import temporary

PRESSED = "rehearsal_pressed"
A_DAY, A_WEEK = 86_400, 7 * 86_400
MOST_PEOPLE = 10_000
"""Kept by name for each run; the counts are of everybody."""
NOT_BY_EVENT = "No event starts it, so nobody knows when people enter."


@dataclass
class Pressure:
    """Of so many messages at most in any 24 hours, and in any 7 days: how many people."""

    in_a_day: dict[int, int] = field(default_factory=dict)
    in_a_week: dict[int, int] = field(default_factory=dict)
    journeys: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    unknown: int = 0
    """People with messages that do not count: nobody had looked for them in Iterable by then."""


class Pressed(NamedTuple):
    """Somebody who gets more than the run allows."""

    contact: int
    in_a_day: int
    in_a_week: int


def count_pressure(run: PressureRun, told: Callable[[int, int], None]) -> tuple[Pressure, list[Pressed]]:
    """Replays what entered. `told`: after each journey, how many are done."""
    pressure, journeys = Pressure(), list(Journey.objects.exclude(versions=None).distinct().order_by("name"))
    with messages_table():
        for done, journey in enumerate(journeys, 1):
            _add(journey, run, pressure)
            told(done, len(journeys))
        with _reckoned():
            pressure.in_a_day, pressure.in_a_week = _spread("in_a_day"), _spread("in_a_week")
            ((pressure.unknown,),) = rows(f"SELECT COUNT(DISTINCT contact) FROM {MESSAGES} WHERE outcome = '{UNKNOWN}'")
            return pressure, _too_many(run)


def _add(journey: Journey, run: PressureRun, pressure: Pressure) -> None:
    known = what_counts(journey)
    if known is None:
        return
    problem = known.problem if known.graph is None else _replay(journey, Scene(known.graph, run.created_at), run)
    if problem:
        pressure.left_out[journey.name] = problem
    else:
        pressure.journeys.append(str(known.version))


def _replay(journey: Journey, scene: Scene, run: PressureRun) -> str:
    """Why not, where it cannot be replayed; then nothing of it counts."""
    if scene.graph.start.entry.kind != "event":
        return NOT_BY_EVENT
    try:
        list(map(scene.variant, scene.messages()))
        add_messages(journey, scene, run.created_at - timedelta(days=run.days))
    except Problem as problem:
        return str(problem)
    return ""


@contextmanager
def _reckoned() -> Iterator[None]:
    """A table of this connection's own: of each person the most that they get."""
    within = "COUNT(*) OVER (PARTITION BY contact ORDER BY at RANGE BETWEEN {} PRECEDING AND CURRENT ROW)"
    each = f"""SELECT contact, {within.format(A_DAY - 1)} AS day, {within.format(A_WEEK - 1)} AS week
        FROM {MESSAGES} WHERE outcome IN ('{SENT}', '{EXPOSED}')"""
    most = f"SELECT contact, MAX(day) AS in_a_day, MAX(week) AS in_a_week FROM ({each}) each_message GROUP BY contact"
    with temporary(PRESSED, f"AS {most}"):
        yield


def _spread(column: str) -> dict[int, int]:
    found = rows(f"SELECT {column}, COUNT(*) FROM {PRESSED} GROUP BY 1 ORDER BY 1")
    return {number: people for number, people in found}  # noqa: C416 - of pairs, which mypy would not believe


def _too_many(run: PressureRun) -> list[Pressed]:
    found = f"""SELECT contact, in_a_day, in_a_week FROM {PRESSED} WHERE in_a_day > %s OR in_a_week > %s
        ORDER BY in_a_week DESC, in_a_day DESC, contact DESC LIMIT {MOST_PEOPLE}"""
    return [Pressed(*row) for row in rows(found, (run.most_in_a_day, run.most_in_a_week))]
