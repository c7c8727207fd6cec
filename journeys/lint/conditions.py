"""The conditions of a graph, each with where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contacts.conditions.tree import Condition
from journeys.definition.graph import EVERYBODY, START, Graph, HoldUntil, Split


@dataclass(frozen=True, slots=True)
class Asks:
    """A condition of a graph. `key` tells it from the others of its step, or of `start`; `place` is where it stands in words."""

    step: str
    key: str
    place: str
    condition: Condition


def conditions_of(graph: Graph) -> Iterator[Asks]:
    if graph.start.where != EVERYBODY:
        yield Asks(START, "", "Who enters", graph.start.where)
    for rule in graph.start.exit_rules:
        if rule.where is not None:
            yield Asks(START, f"exit:{rule.name}", f"Exit rule {rule.name}", rule.where)
    for step in graph.steps:
        if isinstance(step, Split):
            yield from (
                Asks(step.key, branch.key, f"Branch {branch.name} of {step.name}", branch.where) for branch in step.branches
            )
        elif isinstance(step, HoldUntil) and step.where is not None:
            yield Asks(step.key, "", f"Step {step.name}", step.where)
