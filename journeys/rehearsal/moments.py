"""Reckoning with moments in SQL, on both databases: whole seconds, in UTC. SQLite keeps them as texts."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from contacts.conditions.catalogue import OF_PERSON, Place
from contacts.conditions.frames import later
from contacts.conditions.sql_fields import value_in

SECONDS = 19
"""The length of a moment without a fraction."""


def _postgres() -> bool:
    return connection.vendor == "postgresql"


def never() -> str:
    return "CAST(NULL AS TIMESTAMPTZ)" if _postgres() else "NULL"


def latest(moments: list[str]) -> str:
    """Of those that there are; the entry is always there."""
    function = "GREATEST" if _postgres() else "MAX"
    told = [f"COALESCE({moment}, c.t0)" for moment in moments]
    return f"{function}({', '.join(['c.t0', 'c.t0', *told])})"


def ceiling(moment: str) -> str:
    """The next whole second: what happened within it is over by then."""
    if _postgres():
        return f"date_trunc('second', {moment} + INTERVAL '999999 microseconds')"
    fraction = f"CASE WHEN length({moment}) > {SECONDS} THEN '+1 seconds' ELSE '+0 seconds' END"
    return f"datetime(substr({moment}, 1, {SECONDS}), {fraction})"


def no_weekend(moment: str) -> str:
    """What is on a weekend is on Monday, at the same time."""
    if _postgres():
        day, a_day = f"EXTRACT(ISODOW FROM {moment} AT TIME ZONE 'UTC')", "INTERVAL '1 day'"
        return f"(CASE {day} WHEN 6 THEN {moment} + 2 * {a_day} WHEN 7 THEN {moment} + {a_day} ELSE {moment} END)"
    day = f"strftime('%%w', {moment})"
    return (
        f"(CASE {day} WHEN '6' THEN datetime({moment}, '+2 days') WHEN '0' THEN datetime({moment}, '+1 days') ELSE {moment} END)"
    )


def field_moment(name: str, offset_hours: float) -> str:
    """So many hours after the moment in a field of `c`; NULL where there is none."""
    field = OF_PERSON[name]
    text = value_in(field, "c")
    if field.place == Place.COLUMN:
        moment = f"date_trunc('second', {text})" if _postgres() else f"substr({text}, 1, {SECONDS})"
    else:
        moment = f"(({text})::timestamp AT TIME ZONE 'UTC')" if _postgres() else text
    return later(moment, round(offset_hours * 3600))


def clamped(moment: str, until: str) -> str:
    """The later of the two; NULL where there is no `moment`."""
    return f"CASE WHEN {moment} IS NOT NULL AND {until} > {moment} THEN {until} ELSE {moment} END"


def window(moment: str) -> str:
    """The window's start of that day, the day of the month clamped to its month's last."""
    months = settings.SYNC_WINDOW_MONTHS
    if _postgres():
        return f"((date_trunc('day', {moment} AT TIME ZONE 'UTC') - INTERVAL '{months} months') AT TIME ZONE 'UTC')"
    last = f"date({moment}, 'start of month', '-{months - 1} months', '-1 days')"
    return f"MIN(date({moment}, '-{months} months'), {last}) || ' 00:00:00'"
