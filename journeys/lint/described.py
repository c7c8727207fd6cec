"""Versions as the rules see them: what is described and stands, with its graph, or why that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contacts.conditions.reading import Unreadable
from contacts.conditions.tree import Condition
from journeys.definition.graph import EVERYBODY, Graph, HoldUntil, Split
from journeys.definition.models import JourneyVersion


@dataclass(frozen=True, slots=True)
class Described:
    version: JourneyVersion
    graph: Graph | None
    problem: str = ""

    @classmethod
    def of(cls, version: JourneyVersion) -> Described:
        try:
            return cls(version, version.read())
        except Unreadable as problem:
            return cls(version, None, str(problem))


def standing() -> list[Described]:
    rows = JourneyVersion.objects.filter(state__in=JourneyVersion.STANDING).select_related("journey").order_by("id")
    return [Described.of(row) for row in rows]


def conditions_of(graph: Graph) -> Iterator[tuple[str, Condition]]:
    """Each with the key of its step, or `start`."""
    if graph.start.where != EVERYBODY:
        yield "start", graph.start.where
    yield from (("start", rule.where) for rule in graph.start.exit_rules if rule.where is not None)
    for step in graph.steps:
        if isinstance(step, Split):
            yield from ((step.key, branch.where) for branch in step.branches)
        elif isinstance(step, HoldUntil) and step.where is not None:
            yield step.key, step.where
