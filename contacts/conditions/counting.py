"""How many people several conditions are true of, in one look at everybody; and whether anybody is there at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from contacts.conditions.frames import frame_of
from contacts.conditions.sql import compiled
from contacts.conditions.sql_gathering import Gathering, values_of
from contacts.conditions.tree import All, Condition
from contacts.consent.resolver.exposing import at_everybody

EVERYBODY = All(())


def counts(conditions: Sequence[Condition], now: datetime, among: Condition = EVERYBODY) -> tuple[int, list[int]]:
    """How many `among` is true of, and of those how many each condition is. Erased people are nobody."""
    frame = frame_of(now, gathering := Gathering())
    told = [compiled(condition, frame) for condition in conditions]
    base, values = compiled(among, now)
    joins, more = gathering.joins()
    columns = ", ".join(["COUNT(*)", *(f"COUNT(*) FILTER (WHERE {text})" for text, _ in told)])
    parameters = [*values_of(told), *more, *values]
    with at_everybody(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM contacts_contact c{joins} WHERE c.email <> '' AND {base}", parameters)
        total, *found = cursor.fetchone()
    return int(total), [int(count) for count in found]


def anybody(condition: Condition, now: datetime) -> bool:
    text, parameters = compiled(condition, now)
    with at_everybody(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM contacts_contact c WHERE c.email <> '' AND {text} LIMIT 1", parameters)
        return cursor.fetchone() is not None
