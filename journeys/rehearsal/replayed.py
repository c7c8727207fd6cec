"""Who is behind a number of a replay: the same walks once more, and of each person what became of them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from journeys.definition.graph import Message
from journeys.rehearsal.bounding import ENTRY, LEFT, REACHED, Cell
from journeys.rehearsal.replaying import LIMITED, Replay, walked
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.stages import AHEAD
from journeys.rehearsal.verdicts import WALKS, retired_cell, verdict_cell, verdicts


def people_of_replay(replay: Replay, cell: Cell) -> Iterator[int]:
    """Ids of contacts, each once, those known last first."""
    with walked(replay) as (numbers, out):
        found = behind(replay.scene, numbers, out, cell)
    yield from sorted(set(found), reverse=True)


def behind(scene: Scene, numbers: dict[str, int], out: list[int], cell: Cell) -> list[int]:
    """Of what `walked` gives: an id for each entry."""
    if cell == LIMITED:
        return out
    if cell == ENTRY:
        return _ids("TRUE")
    number = numbers.get(cell.step)
    if number is None:
        return []
    step = scene.graph.step(cell.step)
    if cell.outcome in (REACHED, LEFT, AHEAD):
        return _ids(*_passing(scene, number, cell))
    return _told(scene, step, number, cell) if isinstance(step, Message) else _ids(f"d{number} = %s", cell.outcome)


def _passing(scene: Scene, number: int, cell: Cell) -> tuple[str, ...]:
    if cell.outcome == REACHED:
        return (f"a{number} IS NOT NULL AND l{number} IS NULL",)
    rules = [rule.name for rule in scene.graph.start.exit_rules]
    left = AHEAD if cell.outcome == AHEAD else str(rules.index(cell.reason))
    return f"a{number} IS NOT NULL AND l{number} = %s", left


def _ids(where: str, *values: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {WALKS} WHERE {where}", values)
        return [pk for (pk,) in cursor.fetchall()]


def _told(scene: Scene, step: Message, number: int, cell: Cell) -> list[int]:
    if scene.variant(step) is None:
        return _ids(f"k{number} IS NOT NULL") if cell == retired_cell(step.key) else []
    with verdicts(scene, {step.key: number}) as told, connection.cursor() as cursor:
        (text, values), (cause, rest) = told.said, told.cause
        cursor.execute(f"{text} SELECT code_0, {cause}, presence, aged, contact FROM said c", (*values, *rest))
        return [person for *row, person in cursor.fetchall() if verdict_cell(step.key, row) == cell]
