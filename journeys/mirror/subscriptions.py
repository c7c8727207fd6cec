"""The history of channels and message types, which the consent room refreshes: their ids decide who is opted out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from contacts.consent.models import Channel, MessageType
from journeys.models import MirrorChange, MirrorRun

COLUMNS = {
    "channel": (Channel, ("name", "iterable_id", "channel_type", "medium", "missing_since")),
    "message_type": (MessageType, ("name", "iterable_id", "channel_id", "policy", "missing_since")),
}
State = dict[tuple[str, int], dict[str, Any]]


@contextmanager
def catalogue_changes(run: MirrorRun) -> Iterator[list[MirrorChange]]:
    """What changes while the body runs is in the list afterwards."""
    before, changes = _state(), list[MirrorChange]()
    yield changes
    for (kind, pk), columns in _state().items():
        changes += _compared(run, kind, before.get((kind, pk)), columns)


def _state() -> State:
    return {
        (kind, row["pk"]): row for kind, (model, names) in COLUMNS.items() for row in model._default_manager.values("pk", *names)
    }


def _compared(run: MirrorRun, kind: str, before: dict[str, Any] | None, after: dict[str, Any]) -> list[MirrorChange]:
    if after["iterable_id"] is None:
        return []
    told: list[tuple[str, Any, Any]]
    if before is None:
        told = [("appeared", None, after["name"])]
    elif before["iterable_id"] is None:
        # A row that was seeded by name, and whose id is learnt now: no news from Iterable.
        told = []
    else:
        told = [(name, before[name], after[name]) for name in after if before[name] != after[name]]
    return [_change(run, kind, after, one) for one in told]


def _change(run: MirrorRun, kind: str, row: dict[str, Any], told: tuple[str, Any, Any]) -> MirrorChange:
    field, old, new = told
    if field == "missing_since":
        field, old, new = ("missing", None, new.isoformat()) if new else ("returned", old.isoformat(), None)
    names = {"kind": kind, "iterable_id": row["iterable_id"], "name": row["name"], "field": field}
    return MirrorChange(run=run, **names, old=old, new=new, seen_at=timezone.now())
