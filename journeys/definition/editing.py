"""A graph with one thing changed: steps added, moved, joined and taken out. Values in, values out.

Whoever came to a place still comes to what followed it, as far as there is one way; what there is not is told.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from django.utils.text import slugify

from iterable_admin.errors import Permanent
from journeys.definition.describing import name_of, outcome_words
from journeys.definition.graph import (
    ELSE,
    NEXT,
    START,
    Edge,
    Experiment,
    Graph,
    Note,
    Split,
    Step,
    outcomes,
)

LONGEST_KEY = 60
NO_STEP = "There is no step {key} any more: somebody took it out meanwhile."
NO_WAY = "{source} has no way {outcome}: choose one of those it has."
NO_NOTE = "A note stands beside the steps: nothing leads to it."
SEVERAL = (
    "{name} leads on by several ways, so it cannot be taken out of its place: move what follows it, or join the ways by hand."
)
ITSELF = "{name} cannot follow itself."


@dataclass(frozen=True, slots=True)
class Place:
    """One way out of a step, or of the start: where a step may stand."""

    source: str
    outcome: str
    words: str


@dataclass(frozen=True, slots=True)
class Removed:
    """`exits`: the ways that lead on to nothing now, in words."""

    graph: Graph
    exits: tuple[str, ...]


def key_for(name: str, taken: Container[str]) -> str:
    """Made of the name once, and for ever: another name later changes no key."""
    stem = slugify(name)[: LONGEST_KEY - 4].strip("-_") or "step"
    number, key = 1, stem
    while key in taken or key in (START, ELSE):
        number += 1
        key = f"{stem}-{number}"
    return key


def keys_of(graph: Graph) -> set[str]:
    return {step.key for step in graph.steps}


def step_of(graph: Graph, key: str) -> Step:
    """Raises Permanent."""
    step = graph.step(key)
    if step is None:
        raise Permanent(NO_STEP.format(key=key))
    return step


def places(graph: Graph) -> list[Place]:
    """Every way out of the start and of each step."""
    found = [Place(START, NEXT, "the start")]
    for step in graph.steps:
        for outcome in outcomes(step):
            label = outcome_words(step, outcome)
            found.append(Place(step.key, outcome, f"{name_of(step)}: {label}" if label else name_of(step)))
    return found


def add(graph: Graph, step: Step, source: str = START, outcome: str = NEXT) -> Graph:
    """What followed there follows the new step, by each of its ways; what ends the journey is followed by nothing."""
    if isinstance(step, Note):
        return replace(graph, steps=(*graph.steps, step))
    place = _place(graph, source, outcome)
    before = graph.after(source, outcome)
    number = next((index + 1 for index, one in enumerate(graph.steps) if one.key == source), 0)
    steps = (*graph.steps[:number], step, *graph.steps[number:])
    on = tuple(Edge(step.key, way, before.key) for way in outcomes(step)) if before else ()
    return replace(graph, steps=steps, edges=(*_without(graph, place), Edge(source, outcome, step.key), *on))


def change(graph: Graph, step: Step) -> Graph:
    """The step of the same key, with other fields. New branches lead to where it led otherwise; those of old ones end."""
    old = step_of(graph, step.key)
    kept = [edge for edge in graph.edges if edge.source != step.key or edge.outcome in outcomes(step)]
    usual = _usual(graph, old)
    more = [Edge(step.key, way, usual) for way in outcomes(step) if usual and way not in outcomes(old)]
    steps = tuple(step if one.key == step.key else one for one in graph.steps)
    return replace(graph, steps=steps, edges=(*kept, *more))


def connect(graph: Graph, source: str, outcome: str, target: str | None) -> Graph:
    """`target`: the key of what follows; None: whoever goes this way leaves."""
    place = _place(graph, source, outcome)
    edges = _without(graph, place)
    if target is None:
        return replace(graph, edges=edges)
    step = step_of(graph, target)
    if isinstance(step, Note):
        raise Permanent(NO_NOTE)
    if target == source:
        raise Permanent(ITSELF.format(name=name_of(step)))
    return replace(graph, edges=(*edges, Edge(source, outcome, target)))


def remove(graph: Graph, key: str) -> Removed:
    """Whoever came to it goes on to what followed, where that is one; otherwise the ways that led to it are exits."""
    step = step_of(graph, key)
    following = _following(graph, step)
    target = next(iter(following)) if len(following) == 1 else None
    came = [edge for edge in graph.edges if edge.target == key and edge.source != key]
    rest = [edge for edge in graph.edges if key not in (edge.source, edge.target)]
    steps = tuple(one for one in graph.steps if one.key != key)
    if target:
        joined = [replace(edge, target=target) for edge in came]
        # What would lead from a step to itself was a circle by way of the step that is gone: an exit now.
        on = [edge for edge in joined if edge.source != edge.target]
        ended = [edge for edge in joined if edge.source == edge.target]
    else:
        on, ended = [], came if outcomes(step) else []
    return Removed(replace(graph, steps=steps, edges=(*rest, *on)), tuple(_way_words(graph, edge) for edge in ended))


def move(graph: Graph, key: str, source: str, outcome: str = NEXT) -> Graph:
    """Out of its place, whose ways are joined, to follow `source` by that way; raises Permanent where they cannot be joined."""
    step = step_of(graph, key)
    if source == key:
        raise Permanent(ITSELF.format(name=name_of(step)))
    _place(graph, source, outcome)
    if len(_following(graph, step)) > 1:
        raise Permanent(SEVERAL.format(name=name_of(step)))
    after = graph.after(source, outcome)
    if after and after.key == key:
        return graph
    return add(remove(graph, key).graph, step, source, outcome)


def _place(graph: Graph, source: str, outcome: str) -> tuple[str, str]:
    step = None if source == START else step_of(graph, source)
    if outcome not in (outcomes(step) if step else (NEXT,)):
        raise Permanent(NO_WAY.format(source=name_of(step) if step else "The start", outcome=outcome))
    return source, outcome


def _without(graph: Graph, place: tuple[str, str]) -> tuple[Edge, ...]:
    return tuple(edge for edge in graph.edges if (edge.source, edge.outcome) != place)


def _following(graph: Graph, step: Step) -> set[str | None]:
    """Where its ways lead; None: out."""
    found = [graph.after(step.key, way) for way in outcomes(step)]
    return {one.key if one else None for one in found if one is None or one.key != step.key}


def _usual(graph: Graph, step: Step) -> str | None:
    way = ELSE if isinstance(step, Split) else outcomes(step)[0] if isinstance(step, Experiment) else None
    following = graph.after(step.key, way) if way else None
    return following.key if following else None


def _way_words(graph: Graph, edge: Edge) -> str:
    step = graph.step(edge.source)
    label = outcome_words(step, edge.outcome)
    return (name_of(step) if step else "the start") + (f" ({label})" if label else "")
