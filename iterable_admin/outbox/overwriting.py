"""Would a retry bring back an old value? Which fields, and what wrote the newer ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from iterable_admin.outbox.models import Delivery

ACCEPTED = (Delivery.State.DELIVERED, Delivery.State.SETTLING)
# A page cannot wait for more, nor does anybody read more than a few of them.
MOST_LOOKED_AT = 500
MOST_NAMED = 10
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Overwritten:
    """`row` holds an older value of `fields` than `newer`, which Iterable accepted since."""

    row: Delivery
    fields: tuple[str, ...]
    newer: Delivery


def warnings_of(deliveries: QuerySet[Delivery]) -> list[str]:
    """A sentence for each row that would overwrite something, and one for those that were not looked at."""
    rows = list(deliveries.filter(operation=Delivery.Operation.PROFILE).order_by("pk")[: MOST_LOOKED_AT + 1])
    found = list(overwritten_by(rows[:MOST_LOOKED_AT]))
    said = [_sentence(one) for one in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        said.append(f"So would {len(found) - MOST_NAMED} more of them. Latest values overwrites nothing.")
    if len(rows) > MOST_LOOKED_AT:
        said.append(f"Only the first {MOST_LOOKED_AT} were looked at: more of them may overwrite newer values.")
    return said


def overwritten_by(rows: Sequence[Delivery]) -> Iterator[Overwritten]:
    newer = _accepted_since(rows)
    for row in rows:
        later: dict[int, tuple[Delivery, list[str]]] = {}
        for name, (delivery, value) in _last_written([one for one in newer[row.lane] if one.pk > row.pk]).items():
            if name in _fields(row) and _fields(row)[name] != value:
                later.setdefault(delivery.pk, (delivery, []))[1].append(name)
        for delivery, names in later.values():
            yield Overwritten(row, tuple(sorted(names)), delivery)


def _accepted_since(rows: Sequence[Delivery]) -> defaultdict[str, list[Delivery]]:
    found: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in accepted_profiles({row.lane for row in rows}):
        found[delivery.lane].append(delivery)
    return found


def accepted_profiles(lanes: Collection[str]) -> list[Delivery]:
    """In the order of their rows. The state is asked here: asked by the database, SQLite would go through all rows."""
    if not lanes:
        return []
    accepted = Delivery.objects.filter(lane__in=lanes, accepted_at__isnull=False).order_by("pk")
    return [row for row in accepted if row.operation == Delivery.Operation.PROFILE and row.state in ACCEPTED]


def _last_written(deliveries: Sequence[Delivery]) -> dict[str, tuple[Delivery, Any]]:
    return {name: (delivery, value) for delivery in deliveries for name, value in _fields(delivery).items()}


def _fields(row: Delivery) -> Fields:
    fields: Fields = row.payload.get("dataFields", {})
    return fields


def _sentence(found: Overwritten) -> str:
    cause = "the sync" if found.newer.cause == "sync" else f"{found.newer.cause} {found.newer.cause_id}"
    return (
        f"As received, delivery {found.row.pk} would overwrite newer values in Iterable: {', '.join(found.fields)}, "
        f"written by delivery {found.newer.pk} of {cause}."
    )
