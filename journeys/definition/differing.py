"""What differs between two versions, in words: how people enter, steps by their keys, and what leads on to what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from contacts.conditions.wording import in_words
from journeys.definition.describing import (
    entry_words,
    exit_words,
    limit_words,
    name_of,
    outcome_words,
    step_words,
    ways_of,
)
from journeys.definition.graph import START, Graph, Message, Note, Split, Start, Step

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`key` of the step, or `start`."""

    kind: Kind
    key: str
    words: str


def differences(before: Graph, after: Graph) -> list[Difference]:
    """In the order: the start, steps added, steps removed, steps changed, ways changed. Nothing where both mean the same."""
    old, new = ({step.key: step for step in graph.steps} for graph in (before, after))
    added = [_told("added", step) for key, step in new.items() if key not in old]
    removed = [_told("removed", step) for key, step in old.items() if key not in new]
    changed = [found for key, step in new.items() if key in old for found in _step(old[key], step)]
    return [*_start(before.start, after.start), *added, *removed, *changed, *_ways(before, after)]


def in_sentence(found: list[Difference]) -> str:
    """`2 added, 1 changed.`"""
    counts = {kind: sum(one.kind == kind for one in found) for kind in ("added", "removed", "changed")}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) + "." if found else "Nothing differs."


def _told(kind: Kind, step: Step) -> Difference:
    return Difference(kind, step.key, f"Step {name_of(step)}: {step_words(step)}.")


def _changed(key: str, what: str, before: str, after: str) -> list[Difference]:
    return [] if before == after else [Difference("changed", key, f"{what}: {before} → {after}")]


def _start(before: Start, after: Start) -> list[Difference]:
    found = _changed(START, "Entry", entry_words(before.entry), entry_words(after.entry))
    found += _changed(START, "Who enters", in_words(before.where), in_words(after.where))
    found += _changed(START, "Limits", limit_words(before), limit_words(after))
    found += _changed(START, "Suppressed lists", _listed(before), _listed(after))
    old, new = ({rule.name: rule for rule in start.exit_rules} for start in (before, after))
    for name in (*new, *(name for name in old if name not in new)):
        if name not in old:
            found.append(Difference("added", START, f"Exit rule: {exit_words(new[name])}"))
        elif name not in new:
            found.append(Difference("removed", START, f"Exit rule: {exit_words(old[name])}"))
        else:
            found += _changed(START, "Exit rule", exit_words(old[name]), exit_words(new[name]))
    return found


def _listed(start: Start) -> str:
    return ", ".join(map(str, start.suppress_lists)) or "none"


def _step(before: Step, after: Step) -> list[Difference]:
    """Its name, and what it does; what no words tell (an outcome's key) is told as such."""
    if before == after:
        return []
    key, name = after.key, name_of(after)
    if isinstance(before, Note) or isinstance(after, Note):
        return _changed(key, "Note", name_of(before), name)
    if isinstance(before, Split) and isinstance(after, Split):
        told = _branches(before, after)
    else:
        told = _changed(key, f"Step {name}", _exactly(before), _exactly(after))
    if not told and (type(before) is not type(after) or replace(before, name=after.name) != after):
        told = [Difference("changed", key, f"Step {name}: the keys of its outcomes.")]
    return [*_changed(key, "Name", before.name, name), *told]


def _exactly(step: Step) -> str:
    """With the ids that a reader of the list is spared."""
    told = [step_words(step)]
    if isinstance(step, Message):
        told += [f"campaign {step.campaign_id}"] if step.campaign_id else []
        told += [f"template {step.template_id}"] if step.template_id else []
    return ", ".join(told)


def _branches(before: Split, after: Split) -> list[Difference]:
    """One by one: a condition may be long."""
    key, old, new = after.key, {one.key: one for one in before.branches}, {one.key: one for one in after.branches}
    found = [
        Difference("added", key, f"Branch {one.name}: {in_words(one.where)}.") for name, one in new.items() if name not in old
    ]
    found += [Difference("removed", key, f"Branch {one.name}.") for name, one in old.items() if name not in new]
    for name in [name for name in new if name in old]:
        found += _changed(key, "Branch", old[name].name, new[name].name)
        found += _changed(key, f"Branch {new[name].name}", in_words(old[name].where), in_words(new[name].where))
    common = [[name for name in side if name in old and name in new] for side in (old, new)]
    if common[0] != common[1]:
        found += _changed(key, f"Order of the branches of {after.name}", ", ".join(common[0]), ", ".join(common[1]))
    return found


def _ways(before: Graph, after: Graph) -> list[Difference]:
    """Of what both have: a step that was added or removed has told of itself. By keys: another name is no other way."""
    found = []
    for key in (START, *(step.key for step in after.steps if before.step(step.key))):
        old, step = {way.outcome: way for way in ways_of(before, key)}, after.step(key)
        for way in ways_of(after, key):
            was = old.get(way.outcome)
            if was and was.to != way.to:
                label = outcome_words(step, way.outcome)
                after_what = f"After {name_of(step) if step else 'the start'}{f' ({label})' if label else ''}"
                found.append(Difference("changed", key, f"{after_what}: {was.name} → {way.name}"))
    return found
