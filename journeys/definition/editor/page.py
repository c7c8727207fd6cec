"""The editor's first page: the drawing, and each step with what the lint says of it and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contacts.conditions.wording import in_words
from journeys.definition.blocking import findings_of
from journeys.definition.describing import Line, as_list, exit_words, start_words
from journeys.definition.drawing import picture
from journeys.definition.editor.desk import Desk
from journeys.definition.graph import START
from journeys.definition.pages.page import drift_pill, state_pill
from journeys.definition.slots import Slot, slots
from journeys.lint.models import LintFinding
from journeys.lint.wording import pill_of

MOST_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in words, and where it is built."""

    slot: Slot
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class EditedStep:
    line: Line
    conditions: list[Told]
    findings: list[tuple[str, LintFinding]]


def editor_page(desk: Desk) -> dict[str, Any]:
    by_step = findings_by_step(desk)
    told = [condition_told(desk, slot) for slot in slots(desk.graph)]
    lines = as_list(desk.graph)
    start = desk.graph.start
    keys = {line.key for line in lines}
    return {
        "state": state_pill(desk.version),
        "drift": drift_pill(desk.version),
        "start": start_words(start)[: -len(start.exit_rules)] if start.exit_rules else start_words(start),
        "who": next(one for one in told if one.slot.way == "start"),
        "rules": [(number, exit_words(rule), _of_way(told, f"rule/{number}")) for number, rule in enumerate(start.exit_rules)],
        "first": desk.graph.after(START),
        "steps": [
            EditedStep(line, [one for one in told if one.slot.step == line.key], by_step.get(line.key, [])) for line in lines
        ],
        "findings": [found for key, found_here in by_step.items() if key not in keys for found in found_here],
        "picture": picture(desk.graph, f"What {desk.version} does"),
    }


def findings_by_step(desk: Desk) -> dict[str, list[tuple[str, LintFinding]]]:
    """What stands about a step by its key; about the whole by `start` or nothing."""
    found: dict[str, list[tuple[str, LintFinding]]] = {}
    if desk.request.user.has_perm("journeys.view_lintfinding"):
        for row in findings_of(desk.version).order_by("severity", "code", "pk")[:MOST_FINDINGS]:
            found.setdefault(str(row.evidence.get("step", "")), []).append((pill_of(row), row))
    return found


def condition_told(desk: Desk, slot: Slot) -> Told:
    return Told(slot, in_words(slot.condition), desk.at("condition", slot.way))


def _of_way(told: list[Told], way: str) -> Told | None:
    return next((one for one in told if one.slot.way == way), None)
