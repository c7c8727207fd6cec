"""Mode *replay*: each trigger event of a period enters as it did then, and recorded history decides which way it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.conditions.frames import Fixed
from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.exposing import FOR_A_LOOK_AT_EVERYBODY
from contacts.consent.resolver.people import PRESENCE, Variant, first_reason
from contacts.consent.resolver.people_at import PeopleAt
from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Event
from journeys.definition.graph import START, Experiment, HoldUntil, Message, Split
from journeys.rehearsal.bounding import AGED_OUT, BLOCKED, ENTRY, EXPOSED, LEFT, REACHED, SENT, UNKNOWN, Cell, Said, cell_of
from journeys.rehearsal.causes import cause_of, source_of, withdrew_from
from journeys.rehearsal.counting import RETIRED, Counts, as_truth
from journeys.rehearsal.limits import refused
from journeys.rehearsal.moments import ceiling, window
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.stages import AHEAD, staged
from journeys.rehearsal.statement import COLUMNS

WALKS = "rehearsal_walks"
LIMITED = Cell(START, "limited")
A_PART = 20_000
MOST_PARTS = 50
AT = "COALESCE(e.occurred_at, e.received_at)"


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
    counted = Counter({cell: people for cell, people in found.items() if people})
    return Counts(counted, counted)


@contextmanager
def walked(replay: Replay) -> Iterator[tuple[dict[str, int], list[int]]]:
    """A table of this connection's own, with a row for each entry: the number of each step, and whom a limit refused."""
    if replay.scene.graph.start.entry.kind != "event":
        raise Permanent("Only a journey that an event starts can be replayed: choose now, or as of a moment.")
    stages, numbers = staged(replay.scene.graph, _entries(replay), replay.scene.entered)
    text, values = stages.sql()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(FOR_A_LOOK_AT_EVERYBODY)
        cursor.execute(f"CREATE TEMPORARY TABLE {WALKS} AS {text}", values)
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {WALKS} (n, id)")
        try:
            out = _limit(replay)
            _before(replay)
            yield numbers, out
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"DROP TABLE {WALKS}")


def _entries(replay: Replay) -> Sql:
    """With limits, those before the period count too: they may fill them."""
    start = replay.scene.graph.start
    (low, since), (high, until) = Fixed(replay.since).moment(), Fixed(replay.until).moment()
    limited = start.lifetime_limit is not None or start.simultaneous_limit is not None
    part, parts = replay.share
    mine = "" if parts == 1 else f" AND p.id %% {parts} = {part}"
    columns = ", ".join(f"p.{name}" for name in COLUMNS)
    named = "e.name = %s AND e.state <> 'rejected' AND e.duplicate_of_id IS NULL"
    told = f"""SELECT e.id AS n, p.profile AS today, {ceiling(AT)} AS t0, {columns}
        FROM inbox_event e JOIN contacts_contact p ON p.email = e.email
        WHERE {named} AND p.email <> '' AND {AT} < {high}{"" if limited else f" AND {AT} >= {low}"}{mine}"""
    values = (start.entry.event, *until, *(() if limited else since))
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
    if isinstance(step, Message) and found[Cell(key, REACHED)]:
        found.update(_verdicts(scene, step, number, found[Cell(key, REACHED)]))
    return found


def _verdicts(scene: Scene, step: Message, number: int, reached: int) -> Counter[Cell]:
    """As of the moment at which each came to the step."""
    variant = scene.variant(step)
    if variant is None:
        return Counter({retired_cell(step.key): reached})
    found: Counter[Cell] = Counter()
    (text, values), (cause, rest) = said_of(scene, variant, number)
    each = f"SELECT code_0, {cause} AS cause, presence, aged FROM said c"
    with connection.cursor() as cursor:
        counted = f"{text} SELECT code_0, cause, presence, aged, COUNT(*) FROM ({each}) told GROUP BY 1, 2, 3, 4"
        cursor.execute(counted, (*values, *rest))
        for *row, people in cursor.fetchall():
            found[verdict_cell(step.key, row)] += people
    return found


def verdict_cell(key: str, row: Sequence[Any]) -> Cell:
    """Of code, source, presence and whether they left the window meanwhile."""
    code, source, present, aged = row
    cell = cell_of(key, Said(code, cause_of(code, source), as_truth(present)))
    gone = as_truth(aged) and cell.outcome in (SENT, EXPOSED, UNKNOWN)
    return Cell(key, BLOCKED, AGED_OUT) if gone else cell


def retired_cell(key: str) -> Cell:
    return cell_of(key, Said(RETIRED, "", False))


def said_of(scene: Scene, variant: Variant, number: int) -> tuple[Sql, Sql]:
    """`WITH said AS (…)`, a row for each who came to a message, and over its rows the cause."""
    at = f"k{number}"
    created = "w.account_created_at"
    aged = f"({created} IS NOT NULL AND {created} >= {window('w.t0')} AND {created} < {window(f'w.{at}')})"
    asked = f"""SELECT w.n, w.id AS contact, w.address_key, w.email <> '' AS has_address, w.{at} AS at, {aged} AS aged
        FROM {WALKS} w WHERE w.{at} IS NOT NULL"""
    people = PeopleAt(list(scene.types.values()), asked=f"({asked})")
    table, values = people.table()
    code, inner = first_reason(variant, people)
    broad, more = withdrew_from(people.columns(variant))
    said = f"""SELECT people.address_key, a.contact, a.at, a.aged, {PRESENCE} AS presence, {code} AS code_0, {broad} AS broad_0
        FROM people JOIN (SELECT n, contact, at, aged FROM ({asked}) x) a ON a.n = people.id"""
    cause = source_of(0, variant, people, (" AND ch.occurred_at <= c.at", ()))
    return (f"{table}, said AS MATERIALIZED ({said})", (*values, *inner, *more)), cause


def _one(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return int(cursor.fetchone()[0])
