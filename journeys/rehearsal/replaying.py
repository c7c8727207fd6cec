"""Mode *replay*: each trigger event of a period enters as it did then, and recorded history decides which way it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from contacts.conditions.frames import Fixed
from contacts.conditions.sql_events import AT, performed
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.exposing import FOR_A_LOOK_AT_EVERYBODY
from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Event
from journeys.definition.graph import START, Experiment, HoldUntil, Split
from journeys.rehearsal.bounding import ENTRY, LEFT, REACHED, Cell
from journeys.rehearsal.counting import Counts
from journeys.rehearsal.limits import refused
from journeys.rehearsal.moments import ceiling
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.stages import AHEAD, staged
from journeys.rehearsal.statement import COLUMNS
from journeys.rehearsal.temporary import temporary
from journeys.rehearsal.verdicts import WALKS, mailed, retired_cell, verdict_cell, verdicts

LIMITED = Cell(START, "limited")
A_PART = 20_000
MOST_PARTS = 50


@dataclass(frozen=True)
class Replay:
    """Entries from `since` until before `until`; what lies after the scene's moment has not happened yet.

    `share`: of so many parts of the people this one.
    """

    scene: Scene
    since: datetime
    until: datetime
    share: tuple[int, int] = (0, 1)


def in_parts(scene: Scene, since: datetime, until: datetime) -> list[Replay]:
    """Part by part, so that none takes long."""
    entry = scene.graph.start.entry.event
    events = Event.objects.filter(name=entry, received_at__gte=since, received_at__lt=until).count()
    parts = min(MOST_PARTS, 1 + events // A_PART)
    return [Replay(scene, since, until, (part, parts)) for part in range(parts)]


def count_replay(replay: Replay) -> Counts:
    with walked(replay) as (numbers, out):
        found: Counter[Cell] = Counter()
        found[LIMITED] = len(out)
        found[ENTRY] = _one(f"SELECT COUNT(*) FROM {WALKS}")
        for key, number in numbers.items():
            found.update(_of_step(replay.scene, key, number))
        found.update(_of_messages(replay.scene, numbers, found))
    counted = Counter({cell: people for cell, people in found.items() if people})
    return Counts(counted, counted)


@contextmanager
def walked(replay: Replay) -> Iterator[tuple[dict[str, int], list[int]]]:
    """The table `WALKS`, with a row for each entry: the number of each step, and whom a limit refused."""
    if replay.scene.graph.start.entry.kind != "event":
        raise Permanent("Only a journey that an event starts can be replayed: choose now, or as of a moment.")
    stages, numbers = staged(replay.scene.graph, _entries(replay), replay.scene.entered)
    text, values = stages.sql()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FOR_A_LOOK_AT_EVERYBODY)
        with temporary(WALKS, f"AS {text}", values, analyzed="n, id, address_key"):
            out = _limit(replay)
            _before(replay)
            yield numbers, out


def _entries(replay: Replay) -> Sql:
    """With limits, those before the period count too: they may fill them."""
    start = replay.scene.graph.start
    (low, since), (high, until) = Fixed(replay.since).moment(), Fixed(replay.until).moment()
    limited = start.lifetime_limit is not None or start.simultaneous_limit is not None
    part, parts = replay.share
    mine = "" if parts == 1 else f" AND p.id %% {parts} = {part}"
    columns = ", ".join(f"p.{name}" for name in COLUMNS)
    named, name = performed(start.entry.event)
    told = f"""SELECT e.id AS n, replace(CAST(e.uuid AS text), '-', '') AS entered_by, p.profile AS today,
        {ceiling(AT)} AS t0, {columns}
        FROM inbox_event e JOIN contacts_contact p ON p.email = e.email
        WHERE {named} AND p.email <> '' AND {AT} < {high}{"" if limited else f" AND {AT} >= {low}"}{mine}"""
    values = (*name, *until, *(() if limited else since))
    return told, values


def _limit(replay: Replay) -> list[int]:
    """Takes out what the limits refuse. Returns whose entries of the period."""
    start = replay.scene.graph.start
    if start.lifetime_limit is None and start.simultaneous_limit is None:
        return []
    several = (
        f"SELECT id FROM {WALKS} GROUP BY id HAVING COUNT(*) > {min(start.lifetime_limit or 1, start.simultaneous_limit or 1)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, n, t0, ended FROM {WALKS} WHERE id IN ({several}) ORDER BY id, t0, n")
        out = list(refused(cursor.fetchall(), start.lifetime_limit, start.simultaneous_limit))
        (low, since) = Fixed(replay.since).moment()
        cursor.execute(f"SELECT n, id FROM {WALKS} WHERE t0 >= {low}", since)
        here: dict[int, int] = dict(cursor.fetchall())
        for place in range(0, len(out), 500):
            cursor.execute(f"DELETE FROM {WALKS} WHERE n IN ({', '.join(str(n) for n in out[place : place + 500])})")
    return [here[n] for n in out if n in here]


def _before(replay: Replay) -> None:
    low, since = Fixed(replay.since).moment()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {WALKS} WHERE t0 < {low}", since)


def _of_step(scene: Scene, key: str, number: int) -> Counter[Cell]:
    step = scene.graph.step(key)
    found: Counter[Cell] = Counter()
    way = f"d{number}" if isinstance(step, Split | Experiment | HoldUntil) else "''"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT l{number}, {way}, COUNT(*) FROM {WALKS} WHERE a{number} IS NOT NULL GROUP BY 1, 2")
        rows = cursor.fetchall()
    rules = scene.graph.start.exit_rules
    for left, taken, people in rows:
        if left == AHEAD:
            found[Cell(key, AHEAD)] += people
        elif left is not None:
            found[Cell(key, LEFT, rules[int(left)].name)] += people
        else:
            found[Cell(key, REACHED)] += people
            found.update({Cell(key, taken): people} if taken else {})
    return found


def _of_messages(scene: Scene, numbers: dict[str, int], reached: Counter[Cell]) -> Counter[Cell]:
    """As of the moment at which each came to the step."""
    found: Counter[Cell] = Counter()
    asked = mailed(scene, numbers)
    for step in scene.messages():
        if step.key in numbers and step not in asked:
            found[retired_cell(step.key)] = reached[Cell(step.key, REACHED)]
    if not asked:
        return found
    with verdicts(scene, numbers) as told, connection.cursor() as cursor:
        (text, values), (cause, rest) = told.said, told.cause
        each = f"SELECT step, code_0, {cause} AS cause, presence, aged FROM said c"
        counted = f"{text} SELECT step, code_0, cause, presence, aged, COUNT(*) FROM ({each}) told GROUP BY 1, 2, 3, 4, 5"
        cursor.execute(counted, (*values, *rest))
        for place, *row, people in cursor.fetchall():
            found[verdict_cell(told.steps[place].key, row)] += people
    return found


def _one(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return int(cursor.fetchone()[0])
