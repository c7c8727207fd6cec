"""What if conditions were others: a graph with them in their places. The version that it comes from stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.conditions.tree import Condition
from iterable_admin.errors import Permanent
from journeys.definition.graph import Graph
from journeys.definition.slots import Slot, fill, slots

GONE = "What if the condition of: this version has no condition at {} any more. Choose one that it has."


def places(graph: Graph) -> dict[str, Slot]:
    return {slot.place: slot for slot in slots(graph)}


def with_conditions(graph: Graph, conditions: Mapping[str, Condition]) -> Graph:
    """Raises Permanent where a place is not there."""
    ways = {place: slot.way for place, slot in places(graph).items()} if conditions else {}
    if gone := [place for place in conditions if place not in ways]:
        raise Permanent(GONE.format(", ".join(gone)))
    for place, condition in conditions.items():
        graph = fill(graph, ways[place], condition)
    return graph
