"""Calls that would do nothing but bring back somebody who withdrew: refused, and kept as rejected events."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.consent.keeping import INTO_TYPES, OUT_OF_CHANNELS, OUT_OF_TYPES, Kept, kept_of
from contacts.gateway.naming import Row
from contacts.gateway.rows import CHANNEL, EMAIL_LIST

REASON = "The person withdrew from {names}: only a newer act of their own lifts that. Nothing was sent."


def refuse_regrants(rows: Sequence[Row]) -> None:
    asked = [row for row in rows if row.call == "arrays" or (row.call == "group" and row.told["joins"])]
    if not asked:
        return
    kept = kept_of(sorted({row.lane for row in asked}))
    for row in asked:
        names = regranted(row, kept[row.lane])
        if names:
            row.errors["subscriptions"] = REASON.format(names=", ".join(names))


def regranted(row: Row, kept: Kept) -> list[str]:
    """What the call would grant again, if it does nothing else."""
    told = row.told
    if row.call == "group":
        if told["group"] == EMAIL_LIST:
            return []
        closed = kept.channels if told["group"] == CHANNEL else kept.closed_types
        return [closed[told["groupId"]]] if told["groupId"] in closed else []
    merged, names = kept.merge(told)
    others = told.get("emailListIds") is not None or merged.get(INTO_TYPES)
    return [] if others or told.get(OUT_OF_CHANNELS) or told.get(OUT_OF_TYPES) else names
