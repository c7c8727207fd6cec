"""Bring one kind of row in step with what Iterable has, and keep what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from journeys.mirror.kinds import Columns, Kind
from journeys.models import MirrorChange, MirrorRun

# Moves with every edit of anything, and says nothing by itself.
NO_NEWS = {"changed_at"}


@transaction.atomic
def bring_in_step(kind: Kind, seen: Mapping[int, Columns], run: MirrorRun, now: datetime) -> Counter[str]:
    """What vanished is marked, never deleted; our own columns are left alone. Returns counts for the run."""
    rows = {
        getattr(row, kind.key): row
        for row in kind.model.objects.filter(**{f"{kind.key}__isnull": False}).select_for_update().order_by("pk")
    }
    changes: list[MirrorChange] = []
    counts = Counter(seen=len(seen), new=0, changed=0, missing=0, returned=0)
    for number, columns in seen.items():
        row = rows.get(number)
        told = _made(kind, number, columns) if row is None else _differences(row, columns)
        counts["new" if row is None else "changed"] += bool(told)
        if row is not None and row.missing_since is not None:
            told.append(("returned", row.missing_since, None))
            counts["returned"] += 1
        changes += [_change(run, kind, number, columns, told_of, now) for told_of in told]
    _store(kind, rows, seen, now)
    gone = [row for number, row in rows.items() if number not in seen and row.missing_since is None and row.seen_at]
    kind.model.objects.filter(pk__in=[row.pk for row in gone]).update(missing_since=now)
    changes += [_change(run, kind, getattr(row, kind.key), {"name": str(row)}, ("missing", None, now), now) for row in gone]
    counts["missing"] = len(gone)
    MirrorChange.objects.bulk_create(changes, batch_size=500)
    return counts


Told = tuple[str, Any, Any]


def _made(kind: Kind, number: int, columns: Columns) -> list[Told]:
    return [("appeared", None, columns.get("name") or columns.get("iterable_name") or number)]


def _differences(row: Any, columns: Columns) -> list[Told]:
    """Nothing of a row that the mirror fills for the first time: then everything would be news."""
    if row.seen_at is None:
        return []
    return [
        (name, getattr(row, name), value)
        for name, value in columns.items()
        if getattr(row, name) != value and name not in NO_NEWS
    ]


def _change(run: MirrorRun, kind: Kind, number: int, columns: Columns, told: Told, now: datetime) -> MirrorChange:
    field, old, new = told
    name = str(columns.get("name") or columns.get("iterable_name") or "")[:500]
    values = {"old": _plain(old), "new": _plain(new)}
    return MirrorChange(run=run, kind=kind.name, iterable_id=number, name=name, field=field, seen_at=now, **values)


def _plain(value: Any) -> Any:
    return DjangoJSONEncoder().default(value) if isinstance(value, datetime) else value


def _store(kind: Kind, rows: Mapping[int, Any], seen: Mapping[int, Columns], now: datetime) -> None:
    """Only the mirrored columns are written, so that an edit of ours meanwhile is not undone."""
    held = {"seen_at": now, "missing_since": None}
    new = [
        kind.model(**{kind.key: number}, **kind.ours(columns), **columns, **held)
        for number, columns in seen.items()
        if number not in rows
    ]
    kind.model.objects.bulk_create(new, batch_size=500)
    known = [number for number in seen if number in rows]
    for number in known:
        for name, value in (seen[number] | held).items():
            setattr(rows[number], name, value)
    if known:
        kind.model.objects.bulk_update([rows[number] for number in known], [*seen[known[0]], *held], batch_size=200)
