"""Which messages the replays of journeys give whom, and when: a row for each, of all journeys together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.consent.resolver.conditions import Sql
from contacts.consent.resolver.rules import RULES, SEND
from journeys.models import Journey
from journeys.rehearsal.bounding import BLOCKED, EXPOSED, SENT, UNKNOWN
from journeys.rehearsal.replaying import Replay, in_parts, walked
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.temporary import temporary
from journeys.rehearsal.verdicts import WALKS, mailed, verdicts

MESSAGES = "rehearsal_messages"
ENDED = "ended"
"""The outcome of a row that tells when somebody came to the end of a journey."""


@contextmanager
def messages_table() -> Iterator[None]:
    """`at` is in seconds since 1970. In no transaction: what others write, and how far this is, does not wait for its end."""
    columns = "(journey bigint, step varchar(200), campaign bigint, contact bigint, at bigint, outcome varchar(16))"
    with temporary(MESSAGES, columns):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX {MESSAGES}_of ON {MESSAGES} (contact, at)")
        yield


def add_messages(journey: Journey, scene: Scene, since: datetime) -> None:
    """Of whoever entered since then, until the moment of the scene."""
    for part in in_parts(scene, since, scene.entered):
        _add(journey, part)


def _add(journey: Journey, replay: Replay) -> None:
    with walked(replay) as (numbers, _), connection.cursor() as cursor:
        if mailed(replay.scene, numbers):
            with verdicts(replay.scene, numbers) as told:
                text, values = told.said
                key, campaign = (
                    _by_step([step.key for step in told.steps], "varchar(200)"),
                    _by_step([step.campaign_id for step in told.steps], "bigint"),
                )
                each = f"SELECT {int(journey.pk)}, {key[0]}, {campaign[0]}, contact, {epoch('at')}, {_outcome()} FROM said"
                cursor.execute(f"INSERT INTO {MESSAGES} {text} {each}", (*values, *key[1], *campaign[1]))
        ended = f"SELECT {int(journey.pk)}, '', NULL, w.id, {epoch('w.ended')}, '{ENDED}' FROM {WALKS} w"
        cursor.execute(f"INSERT INTO {MESSAGES} {ended}", ())


def _by_step(told: Sequence[Any], kind: str) -> Sql:
    whens = " ".join(f"WHEN {place} THEN CAST(%s AS {kind})" for place in range(len(told)))
    return f"CASE step {whens} END", tuple(told)


def _outcome() -> str:
    """The same as `bounding.cell_of` says of one."""
    iterables = ", ".join(f"'{rule.code}'" for rule in RULES if rule.iterable)
    return f"""CASE WHEN code_0 IN ({iterables}) OR aged THEN '{BLOCKED}' WHEN presence IS NULL THEN '{UNKNOWN}'
        WHEN NOT presence THEN '{BLOCKED}' WHEN code_0 = '{SEND}' THEN '{SENT}' ELSE '{EXPOSED}' END"""


def epoch(moment: str) -> str:
    if connection.vendor == "postgresql":
        return f"CAST(EXTRACT(EPOCH FROM {moment}) AS bigint)"
    return f"CAST(strftime('%%s', {moment}) AS INTEGER)"


def rows(text: str, values: Sequence[Any] = ()) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return [tuple(row) for row in cursor.fetchall()]
