"""Where conditions stand in a definition: who enters, exit rules, branches, waits. Each has a way that names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contacts.conditions.tree import Condition
from iterable_admin.errors import Permanent
from journeys.definition.graph import Graph, HoldUntil, Split, Step

GONE = "There is no such condition any more: somebody changed the draft meanwhile."


@dataclass(frozen=True, slots=True)
class Slot:
    """`way`: `start`, `rule/0`, `step/KEY`, `step/KEY/BRANCH`; `step` is empty where it is of no step's.

    `place` names it in every version: an exit rule by its name, as its number may become another's.
    """

    way: str
    words: str
    condition: Condition
    step: str = ""
    rule: str = ""

    @property
    def place(self) -> str:
        return f"exit/{self.rule}" if self.rule else self.way


def slots(graph: Graph) -> list[Slot]:
    rules = [
        Slot(f"rule/{number}", f"Who leaves at any step: {rule.name}", rule.where, rule=rule.name)
        for number, rule in enumerate(graph.start.exit_rules)
        if rule.where is not None
    ]
    return [Slot("start", "Who enters", graph.start.where), *rules, *(slot for step in graph.steps for slot in _of_step(step))]


def slot_at(graph: Graph, way: str) -> Slot:
    """Raises Permanent."""
    found = next((slot for slot in slots(graph) if slot.way == way), None)
    if found is None:
        raise Permanent(GONE)
    return found


def fill(graph: Graph, way: str, condition: Condition) -> Graph:
    """Raises Permanent."""
    kind, _, rest = slot_at(graph, way).way.partition("/")
    if kind == "start":
        return replace(graph, start=replace(graph.start, where=condition))
    if kind == "rule":
        rules = [
            replace(rule, where=condition) if number == int(rest) else rule for number, rule in enumerate(graph.start.exit_rules)
        ]
        return replace(graph, start=replace(graph.start, exit_rules=tuple(rules)))
    key, _, branch = rest.partition("/")
    return replace(graph, steps=tuple(_filled(step, branch, condition) if step.key == key else step for step in graph.steps))


def _of_step(step: Step) -> Iterator[Slot]:
    if isinstance(step, Split):
        for branch in step.branches:
            yield Slot(f"step/{step.key}/{branch.key}", f"{step.name}: {branch.name}", branch.where, step.key)
    elif isinstance(step, HoldUntil) and step.where is not None:
        yield Slot(f"step/{step.key}", f"{step.name}: until", step.where, step.key)


def _filled(step: Step, branch: str, condition: Condition) -> Step:
    if isinstance(step, Split):
        branches = tuple(replace(one, where=condition) if one.key == branch else one for one in step.branches)
        return replace(step, branches=branches)
    return replace(step, where=condition) if isinstance(step, HoldUntil) else step
