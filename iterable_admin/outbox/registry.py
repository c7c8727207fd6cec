"""What rooms above are asked before a row leaves (gates), and told when it has settled (settlers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from iterable_admin.outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: the row is held and asked about again after `again`."""

    code: str
    reason: str
    again: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Skip:
    """Never: the row ends as skipped, which is expected and alarms nobody."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settled:
    """One row at its end (`delivery.state` says which), with what Iterable answered, where it answered something."""

    delivery: Delivery
    result: Mapping[str, Any] = field(default_factory=dict)


# Asked with rows of different people, just before they leave, outside any transaction. Only the exceptions are
# returned, by the delivery's primary key; a row that is not mentioned is sent.
Gate = Callable[[Sequence[Delivery]], Mapping[int, Hold | Skip]]
# Called in the transaction that settles the rows; what it raises undoes the settling.
Settler = Callable[[Sequence[Settled]], None]

_gates: list[Gate] = []
_settlers: list[Settler] = []


def register_gate(gate: Gate) -> None:
    if gate not in _gates:
        _gates.append(gate)


def register_settler(settler: Settler) -> None:
    if settler not in _settlers:
        _settlers.append(settler)


def ask_gates(deliveries: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    """The first gate that objects decides."""
    objections: dict[int, Hold | Skip] = {}
    for gate in _gates:
        still_free = [delivery for delivery in deliveries if delivery.pk not in objections]
        objections.update(gate(still_free) if still_free else {})
    return objections


def tell_settlers(settled: Sequence[Settled]) -> None:
    for settler in _settlers:
        settler(settled)
