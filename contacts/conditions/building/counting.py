"""How many people each part of a condition is true of: one look for each, which the database plans better than one for all."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from contacts.conditions.editing import EVERYBODY, parts
from contacts.conditions.sql import compiled, count
from contacts.conditions.tree import Condition
from iterable_admin.errors import Problem

SECONDS = 1.0
"""After which a page gets what is counted so far, and asks for the rest: of a million people a part takes up to a second."""


def counted(named: Mapping[str, Condition], since: int = 0, seconds: float | None = SECONDS) -> dict[str, Any]:
    """`people`: everybody; `counts` by name, in words, from the number `since` on; `next`: where to go on, None at the end.

    `problem` instead, where it cannot be counted. At least one is counted each time; all without `seconds`.
    """
    now, begun = timezone.now(), monotonic()
    counts: dict[str, str] = {}
    known: dict[str, int] = {}
    names = list(named)
    try:
        for number, name in enumerate(names[since:], since + 1):
            key = repr(compiled(named[name], now))
            known[key] = known[key] if key in known else count(named[name], now)
            counts[name] = _people(known[key])
            if seconds is not None and number < len(names) and monotonic() - begun >= seconds:
                return {"people": _everybody(), "counts": counts, "next": number}
    except Problem as problem:
        return {"problem": str(problem)}
    return {"people": _everybody(), "counts": counts, "next": None}


def asked_from(given: QueryDict) -> int:
    """Where a page goes on."""
    told = given.get("from", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0


def of_parts(condition: Condition) -> dict[str, Condition]:
    """Each part by its place; `whole` for the whole."""
    return {part.place or "whole": part.people for part in parts(condition)}


def _everybody() -> str:
    return f"{count(EVERYBODY, timezone.now()):,}"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
