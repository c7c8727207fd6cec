"""What if, kept with a run: message types retired or moved, lists suppressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from journeys.rehearsal.scene import Overlay


def as_told(overlay: Overlay) -> dict[str, Any]:
    """Empty: as described."""
    told = {"retired": sorted(overlay.retired), "moved": dict(overlay.moved), "suppressed": list(overlay.suppressed)}
    return {name: value for name, value in told.items() if value}


def read_overlay(told: Mapping[str, Any]) -> Overlay:
    return Overlay(frozenset(told.get("retired", ())), dict(told.get("moved", {})), tuple(told.get("suppressed", ())))


def in_words(told: Mapping[str, Any]) -> list[str]:
    """A sentence each."""
    found = [f"{name} is retired." for name in told.get("retired", ())]
    found += [f"Steps of {old} use {new}." for old, new in told.get("moved", {}).items()]
    return found + [f"List {number} is suppressed." for number in told.get("suppressed", ())]
