"""What is wrong with a graph as it stands, whoever enters it: told by the lint, in words that name the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isclose

from journeys.definition.describing import in_order, name_of, ways_of
from journeys.definition.graph import START, TIMED_OUT, Delay, Experiment, Graph, HoldUntil, Note

Trouble = tuple[str, str]
"""The step's key, and what is wrong with it."""


def troubles(graph: Graph) -> Iterator[Trouble]:
    yield from _unreached(graph)
    yield from _percentages(graph)
    yield from _circles(graph)


def _unreached(graph: Graph) -> Iterator[Trouble]:
    reached = in_order(graph)
    if not reached:
        yield START, "Whoever enters leaves at once: nothing follows the start."
    for step in graph.steps:
        if step.key not in reached and not isinstance(step, Note):
            yield step.key, f"Nobody comes to {name_of(step)}: no way leads to it from the start."


def _percentages(graph: Graph) -> Iterator[Trouble]:
    for step in graph.steps:
        if isinstance(step, Experiment):
            total = sum(variant.percent for variant in step.variants)
            if not isclose(total, 100, abs_tol=0.01):
                yield step.key, f"The variants of {step.name} add up to {total:g} %, not to 100 %."


def _circles(graph: Graph) -> Iterator[Trouble]:
    """A circle without a sure wait in it: whoever is in it would be mailed without end. Told once, at its first step."""
    inside = _circling(graph, lambda key, outcome: _at_once(graph, key, outcome))
    if inside:
        first = next(iter(inside))
        step = graph.step(first)
        name = name_of(step) if step else first
        yield first, f"A circle without a delay leads through {name}: whoever comes there goes round at once, without end."


def in_circles(graph: Graph) -> set[str]:
    """Keys of the steps from which a way leads into a circle, with or without waits."""
    return set(_circling(graph, lambda key, outcome: True))


def _circling(graph: Graph, counts: Callable[[str, str], bool]) -> dict[str, set[str]]:
    inside = {
        step.key: {way.to for way in ways_of(graph, step.key) if way.to and counts(step.key, way.outcome)} for step in graph.steps
    }
    # What leads to no circle is taken away, until only circles and the ways into them are left.
    while dead := [key for key, following in inside.items() if not following & inside.keys()]:
        for key in dead:
            del inside[key]
    return inside


def _at_once(graph: Graph, key: str, outcome: str) -> bool:
    match graph.step(key):
        case Delay():
            return False
        case HoldUntil():
            return outcome != TIMED_OUT
    return True
