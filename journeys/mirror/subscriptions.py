"""The history of channels and message types, which the consent room refreshes: their ids decide who is opted out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contacts.consent.models import Channel, MessageType
from journeys.models import MirrorChange, MirrorRun

COLUMNS = {
    "channel": (Channel, ("name", "iterable_id", "channel_type", "medium", "missing_since")),
    "message_type": (MessageType, ("name", "iterable_id", "channel_id", "policy", "missing_since")),
}
State = dict[tuple[str, int], dict[str, Any]]
# What of it: the field, or what became of the whole; then the old and the new value.
Told = tuple[str, Any, Any]
# As a run counts them.
COUNTED = "channels and message types"
# A run that has not ended by then was killed.
LOST_AFTER = timedelta(hours=1)


@contextmanager
def keep_history() -> Iterator[None]:
    """Around each learning, whoever asked for it: what it changes is in no mirror's hands otherwise."""
    before = _state()
    yield
    after = _state()
    told = [(kind, columns, one) for (kind, pk), columns in after.items() for one in _told(before.get((kind, pk)), columns)]
    if told or not MirrorRun.objects.filter(counts__has_key=COUNTED).exists():
        run = _run(len(after))
        MirrorChange.objects.bulk_create([_change(run, *change) for change in told])


def _run(seen: int) -> MirrorRun:
    """The mirror that is under way, or else a run of its own."""
    now = timezone.now()
    under_way = MirrorRun.objects.filter(state=MirrorRun.State.RUNNING, ended_at=None, started_at__gt=now - LOST_AFTER)
    own = {"trigger": "ids", "started_at": now, "ended_at": now, "state": MirrorRun.State.COMPLETED}
    return under_way.order_by("-pk").first() or MirrorRun.objects.create(**own, counts={COUNTED: {"seen": seen}})


def _state() -> State:
    return {
        (kind, row["pk"]): row for kind, (model, names) in COLUMNS.items() for row in model._default_manager.values("pk", *names)
    }


def _told(before: dict[str, Any] | None, after: dict[str, Any]) -> list[Told]:
    if after["iterable_id"] is None:
        return []
    if before is None:
        return [("appeared", None, after["name"])]
    if before["iterable_id"] is None:
        # A row that was seeded by name, and whose id is learnt now: no news from Iterable.
        return []
    return [(name, before[name], after[name]) for name in after if before[name] != after[name]]


def _change(run: MirrorRun, kind: str, row: dict[str, Any], told: Told) -> MirrorChange:
    field, old, new = told
    if field == "missing_since":
        field, old, new = ("missing", None, new.isoformat()) if new else ("returned", old.isoformat(), None)
    names = {"kind": kind, "iterable_id": row["iterable_id"], "name": row["name"], "field": field}
    return MirrorChange(run=run, **names, old=old, new=new, seen_at=timezone.now())
