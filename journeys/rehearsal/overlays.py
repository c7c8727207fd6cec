"""What if, kept with a run: message types retired or moved, lists suppressed, conditions that are others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.conditions import wording
from contacts.conditions.reading import Unreadable, as_json, read
from journeys.definition.graph import Graph
from journeys.rehearsal.conditions_changed import places
from journeys.rehearsal.scene import Overlay

UNREADABLE = "one that can no longer be read"


def as_told(overlay: Overlay) -> dict[str, Any]:
    """Empty: as described."""
    told = {"retired": sorted(overlay.retired), "moved": dict(overlay.moved), "suppressed": list(overlay.suppressed)}
    told["conditions"] = {place: as_json(condition) for place, condition in overlay.conditions.items()}
    return {name: value for name, value in told.items() if value}


def read_overlay(told: Mapping[str, Any]) -> Overlay:
    """Raises Unreadable where a condition asks for a field that is gone meanwhile."""
    conditions = {place: read(condition) for place, condition in told.get("conditions", {}).items()}
    return Overlay(frozenset(told.get("retired", ())), dict(told.get("moved", {})), tuple(told.get("suppressed", ())), conditions)


def in_words(told: Mapping[str, Any], graph: Graph | None = None) -> list[str]:
    """A sentence each; `graph` has the names of the places."""
    found = [f"{name} is retired." for name in told.get("retired", ())]
    found += [f"Steps of {old} use {new}." for old, new in told.get("moved", {}).items()]
    found += [f"List {number} is suppressed." for number in told.get("suppressed", ())]
    names = {place: slot.words for place, slot in places(graph).items()} if graph else {}
    changed = told.get("conditions", {}).items()
    return found + [f"The condition of “{names.get(place, place)}” is: {_words(condition)}." for place, condition in changed]


def _words(told: object) -> str:
    try:
        return wording.in_words(read(told))
    except Unreadable:
        return UNREADABLE
