"""From JSON to a graph and back. What cannot be meant is refused with its place and the mend; nothing is guessed.

What can be meant and is unwise (a step that nobody reaches, percentages that do not add up) is a matter of the lint.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from contacts.conditions.reading import Unreadable
from journeys.definition.graph import (
    ELSE,
    START,
    Branch,
    CallWebhook,
    ChangeList,
    ChangeSubscription,
    Delay,
    DelayUntil,
    Edge,
    Entry,
    Exit,
    ExitRule,
    Experiment,
    GoTo,
    Graph,
    HoldUntil,
    Message,
    Note,
    SetProfile,
    Split,
    Start,
    Step,
    Variant,
    outcomes,
)
from journeys.definition.shapes import Part, Shape, list_of
from journeys.definition.values import (
    CONDITION,
    ENTRY_KIND,
    FIELDS,
    HOURS,
    ID,
    KEY_OF_STEP,
    LONG_WORDS,
    MAYBE,
    MAYBE_CONDITION,
    MAYBE_ID,
    MEDIUM,
    MOMENT_FIELD,
    NAME,
    OFFSET,
    PERCENT,
    TEXT,
    WORDS,
    one_of,
)

Name = TypeVar("Name")
__all__ = ["Unreadable", "as_json", "hash_of", "read_graph"]

MOST_STEPS, MOST_BRANCHES, MOST_LISTS = 300, 20, 100
ENTRY = Shape(
    Entry,
    {"kind": ENTRY_KIND, "event": WORDS, "field": WORDS, "list_id": MAYBE_ID, "journey": WORDS, "schedule": WORDS},
)
# What an entry of a kind needs, and may say; nothing else means anything beside it.
OF_ENTRY = {
    "event": "event",
    "schedule": "schedule",
    "api": "",
    "journey": "journey",
    "profile_update": "field",
    "list": "list_id",
}
EXIT_RULE = Shape(ExitRule, {"name": NAME, "event": WORDS, "where": MAYBE_CONDITION})
BRANCH = Shape(Branch, {"key": KEY_OF_STEP, "name": NAME, "where": CONDITION})
VARIANT = Shape(Variant, {"key": KEY_OF_STEP, "name": NAME, "percent": PERCENT})
SUBSCRIPTION_KIND = one_of(("message_type", "channel"))
NAMED = {"key": KEY_OF_STEP, "name": NAME}
START_SHAPE = Shape(
    Start,
    {
        "entry": Part(ENTRY.read, ENTRY.schema(), write=ENTRY.write),
        "where": MAYBE_CONDITION,
        "suppress_lists": list_of(ID.read, ID.schema, most=MOST_LISTS),
        "lifetime_limit": MAYBE_ID,
        "simultaneous_limit": MAYBE_ID,
        "exit_rules": list_of(EXIT_RULE.read, EXIT_RULE.schema(), EXIT_RULE.write, most=MOST_BRANCHES),
    },
)
BRANCHES = list_of(BRANCH.read, BRANCH.schema(), BRANCH.write, most=MOST_BRANCHES, least=1)
VARIANTS = list_of(VARIANT.read, VARIANT.schema(), VARIANT.write, most=MOST_BRANCHES, least=1)
STEPS: Mapping[str, Shape] = {
    shape.kind: shape
    for shape in (
        Shape(
            Message,
            {**NAMED, "message_type": NAME, "medium": MEDIUM, "campaign_id": MAYBE_ID, "template_id": MAYBE_ID},
            "message",
        ),
        Shape(Delay, {**NAMED, "hours": HOURS, "skip_weekends": MAYBE}, "delay"),
        Shape(DelayUntil, {**NAMED, "field": MOMENT_FIELD, "offset_hours": OFFSET, "skip_weekends": MAYBE}, "delay_until"),
        Shape(HoldUntil, {**NAMED, "timeout_hours": HOURS, "event": WORDS, "where": MAYBE_CONDITION}, "hold_until"),
        Shape(Split, {**NAMED, "branches": BRANCHES}, "split"),
        Shape(Experiment, {**NAMED, "variants": VARIANTS}, "experiment"),
        Shape(SetProfile, {**NAMED, "fields": FIELDS}, "set_profile"),
        Shape(ChangeList, {**NAMED, "list_id": ID, "add": MAYBE}, "change_list"),
        Shape(
            ChangeSubscription,
            {**NAMED, "target_kind": Part(SUBSCRIPTION_KIND.read, SUBSCRIPTION_KIND.schema, attribute="kind"), "target": NAME}
            | {"subscribe": MAYBE},
            "change_subscription",
        ),
        Shape(CallWebhook, {**NAMED, "url": LONG_WORDS}, "call_webhook"),
        Shape(GoTo, {**NAMED, "journey": NAME}, "go_to"),
        Shape(Note, {"key": KEY_OF_STEP, "text": TEXT}, "note"),
        Shape(Exit, {"key": KEY_OF_STEP, "name": Part(NAME.read, NAME.schema, required=False)}, "exit"),
    )
}
KIND_OF: Mapping[type, str] = {shape.make: kind for kind, shape in STEPS.items()}
assert set(KIND_OF) == set(get_args(Step))  # noqa: S101 - a mistake in the code
EDGE = Shape(
    Edge,
    {
        "from": Part(KEY_OF_STEP.read, KEY_OF_STEP.schema, attribute="source"),
        "outcome": Part(KEY_OF_STEP.read, KEY_OF_STEP.schema),
        "to": Part(KEY_OF_STEP.read, KEY_OF_STEP.schema, attribute="target"),
    },
)


def read_step(told: object, place: str) -> Step:
    kind = told.get("kind") if isinstance(told, Mapping) else None
    if not isinstance(kind, str) or kind not in STEPS:
        raise Unreadable(f"{place}.kind", f"must be one of {', '.join(STEPS)}.")
    step: Step = STEPS[kind].read(told, place)
    if isinstance(step, HoldUntil) and not step.event and step.where is None:
        raise Unreadable(place, "needs what it waits for: event, where, or both.")
    own = outcomes(step) if isinstance(step, Split | Experiment) else ()
    for twice in _twice(own):
        raise Unreadable(place, f"has two outcomes {twice}: give each its own key{', not else' if twice == ELSE else ''}.")
    return step


def write_step(step: Step) -> dict[str, Any]:
    return STEPS[KIND_OF[type(step)]].write(step)


GRAPH = Shape(
    Graph,
    {
        "start": Part(START_SHAPE.read, START_SHAPE.schema(), write=START_SHAPE.write),
        "steps": list_of(read_step, {"$ref": "#/$defs/step"}, write_step, most=MOST_STEPS),
        "edges": list_of(EDGE.read, EDGE.schema(), EDGE.write, most=MOST_STEPS * MOST_BRANCHES),
    },
)


def read_graph(told: object) -> Graph:
    """Raises Unreadable."""
    graph: Graph = GRAPH.read(told, "")
    _check_start(graph.start)
    _check_keys(graph)
    _check_edges(graph)
    return graph


def as_json(graph: Graph) -> dict[str, Any]:
    """What `read_graph` reads as the same graph; what has its default is left out."""
    return GRAPH.write(graph)


def hash_of(graph: Graph) -> str:
    """The same for the same graph, whatever the order in which its JSON names things."""
    told = json.dumps(as_json(graph), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _check_start(start: Start) -> None:
    needed = OF_ENTRY[start.entry.kind]
    said = {name for name in ("event", "field", "list_id", "journey", "schedule") if getattr(start.entry, name)}
    if needed and needed not in said:
        raise Unreadable(f"start.entry.{needed}", f"is needed by an entry of kind {start.entry.kind}.")
    for name in sorted(said - {needed}):
        raise Unreadable(f"start.entry.{name}", f"means nothing for an entry of kind {start.entry.kind}: remove it.")
    for number, rule in enumerate(start.exit_rules):
        if not rule.event and rule.where is None:
            raise Unreadable(f"start.exit_rules[{number}]", "needs what makes people leave: event, where, or both.")
    for twice in _twice(rule.name for rule in start.exit_rules):
        raise Unreadable("start.exit_rules", f"has two named {twice}: give each its own name.")


def _check_keys(graph: Graph) -> None:
    for number, step in enumerate(graph.steps):
        if step.key == START:
            raise Unreadable(f"steps[{number}].key", f"must not be {START}: edges call by it where people enter.")
    for twice in _twice(step.key for step in graph.steps):
        raise Unreadable("steps", f"has two steps with the key {twice}: give each its own.")


def _check_edges(graph: Graph) -> None:
    steps = {step.key: step for step in graph.steps}
    ways = {START: ("next",)} | {key: outcomes(step) for key, step in steps.items()}
    for number, edge in enumerate(graph.edges):
        place = f"edges[{number}]"
        if edge.source not in ways:
            raise Unreadable(f"{place}.from", f"names {edge.source}, which is no step: add the step, or remove the edge.")
        if edge.outcome not in ways[edge.source]:
            known = f"its outcomes are {', '.join(ways[edge.source])}" if ways[edge.source] else "nothing leads on from it"
            raise Unreadable(f"{place}.outcome", f"names {edge.outcome}, which {edge.source} does not have: {known}.")
        if isinstance(steps.get(edge.target), Note | None):
            raise Unreadable(f"{place}.to", f"names {edge.target}, to which nobody can go: name a step that is no note.")
    for source, outcome in _twice((edge.source, edge.outcome) for edge in graph.edges):
        raise Unreadable("edges", f"has two edges from {source} by {outcome}: people can go only one way, remove the other.")


def _twice(names: Iterable[Name]) -> list[Name]:
    return [name for name, count in Counter(names).items() if count > 1]
