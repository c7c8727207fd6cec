"""Deliveries as rows of a bulk call: merged by person, cut by bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iterable_admin.iterable.limits import LARGEST_BODY
from iterable_admin.iterable.transport import UNENCODABLE, encode
from iterable_admin.outbox.models import Delivery

MOST_ROWS = 1_000
# Around the rows: the envelope of the call.
ENVELOPE_BYTES = 1_000
# Around what one row says: the switches that go with it.
ROW_BYTES = 200


@dataclass(frozen=True, slots=True)
class CallRow:
    """One row of a bulk call: several profile updates of one person share it, the later ones winning field by field."""

    deliveries: tuple[Delivery, ...]
    fields: dict[str, Any]
    size: int

    @property
    def first(self) -> Delivery:
        return self.deliveries[0]


def call_rows(deliveries: Sequence[Delivery]) -> list[CallRow]:
    """One row a person, in the order of the first delivery; each person's deliveries in the order of their lane."""
    by_lane: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_lane.setdefault(delivery.lane, []).append(delivery)
    return [_merge(sorted(rows, key=lambda row: row.pk)) for rows in by_lane.values()]


def _merge(deliveries: Sequence[Delivery]) -> CallRow:
    fields: dict[str, Any] = {}
    for delivery in deliveries:
        told = delivery.payload.get("dataFields") or {}
        fields |= _nested(fields, told) if merges_nested(delivery) else told
    row = deliveries[0].payload | {"dataFields": fields, "email": deliveries[0].email}
    return CallRow(tuple(deliveries), fields, _size(row))


def merges_nested(delivery: Delivery) -> bool:
    """Whether its objects are merged into the profile's, one level deep, instead of taking their place."""
    return delivery.payload.get("mergeNestedObjects") is True


def _nested(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: (before.get(name), value) for name, value in told.items()}
    return {name: {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new for name, (old, new) in both.items()}


def _size(told: Mapping[str, Any]) -> int:
    """In bytes. What has no JSON form is as large as a call, so that it travels, and is refused, alone."""
    try:
        return len(encode(told)) + ROW_BYTES
    except UNENCODABLE:
        return LARGEST_BODY


def batches(rows: Sequence[Delivery]) -> Iterator[list[CallRow]]:
    """What travels together: whatever a call says once is the same for all of its rows, and rows that failed in a crowd
    travel in the small company that was set for them.
    """
    apart: dict[tuple[Any, ...], list[Delivery]] = {}
    for row in rows:
        apart.setdefault((row.company or 0, *said_once(row)), []).append(row)
    for _, alike in sorted(apart.items(), key=lambda item: (not item[1][0].creates, item[0][0], str(item[0]))):
        yield from cut(call_rows(alike), alike[0].company or MOST_ROWS)


SAID_ONCE = {
    Delivery.Operation.PROFILE: ("createNewFields",),
    Delivery.Operation.LIST: ("listId", "joins", "campaignId", "updateExistingUsersOnly"),
}


def said_once(row: Delivery) -> tuple[Any, ...]:
    """What a call says for all of its rows: whether it may create people, which list it changes."""
    told = SAID_ONCE.get(Delivery.Operation(row.operation), ())
    return row.creates, *(row.payload.get(name) for name in told)


def cut(rows: Sequence[CallRow], most: int = MOST_ROWS) -> Iterator[list[CallRow]]:
    """Batches that stay under Iterable's byte limit and our row limit. A row too large by itself travels alone."""
    batch: list[CallRow] = []
    size = ENVELOPE_BYTES
    for row in rows:
        if row.size >= LARGEST_BODY:
            yield [row]
            continue
        if batch and (len(batch) == most or size + row.size > LARGEST_BODY):
            yield batch
            batch, size = [], ENVELOPE_BYTES
        batch.append(row)
        size += row.size
    if batch:
        yield batch
