"""How many people each part of a condition is true of, in one look at everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from contacts.conditions.counting import counts
from contacts.conditions.editing import parts
from contacts.conditions.tree import Condition
from iterable_admin.errors import Problem


def counted(named: Mapping[str, Condition]) -> dict[str, Any]:
    """`people`: everybody; `counts` by name, in words. `problem` instead, where it cannot be counted."""
    try:
        people, found = counts(list(named.values()), timezone.now())
    except Problem as problem:
        return {"problem": str(problem)}
    return {"people": f"{people:,}", "counts": {name: _people(count) for name, count in zip(named, found, strict=True)}}


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def of_parts(condition: Condition) -> dict[str, Condition]:
    """Each part by its place; `whole` for the whole."""
    return {part.place or "whole": part.people for part in parts(condition)}
