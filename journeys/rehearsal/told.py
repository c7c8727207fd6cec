"""A run as its page tells it: a card for each step, in the order in which people come to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from contacts.consent.resolver.rules import SENTENCES
from iterable_admin.errors import Problem
from journeys.definition.describing import entry_words, name_of
from journeys.definition.drawing import picture
from journeys.definition.graph import START, Graph
from journeys.definition.reading import read_graph
from journeys.definition.soundness import in_circles
from journeys.rehearsal.bounding import AGED_OUT, BLOCKED, ENTERED, EXPOSED, LEFT, NOT_IN_ITERABLE, REACHED, SENT, UNKNOWN, Cell
from journeys.rehearsal.conditions_changed import with_conditions
from journeys.rehearsal.models import RehearsalCell, RehearsalRun
from journeys.rehearsal.overlays import in_words, read_overlay
from journeys.rehearsal.stages import AHEAD

OUTCOMES = {
    ENTERED: "enter",
    "limited": "are refused by a limit",
    REACHED: "come to it",
    SENT: "✓ would get it",
    EXPOSED: "! would get it, and should not",
    BLOCKED: "would not get it",
    UNKNOWN: "? not known: Iterable was not asked about them yet",
    LEFT: "leave as they come",
    AHEAD: "come to it later than now",
}
BY_ITERABLE = ("api", "schedule", "journey", "profile_update")
"""Entries of which no record comes here: the entry condition alone is asked."""
REASONS = SENTENCES | {
    AGED_OUT: "Will have left the sync's window by then.",
    NOT_IN_ITERABLE: "Iterable does not have this person.",
    "RETIRED": "Its message type is retired in this rehearsal.",
}


@dataclass(frozen=True, slots=True)
class Line:
    cell: RehearsalCell
    words: str
    why: str
    figure: str
    main: bool

    @property
    def exposed(self) -> bool:
        return self.cell.outcome == EXPOSED


@dataclass(frozen=True, slots=True)
class StepTold:
    key: str
    name: str
    lines: tuple[Line, ...]


def figure(certain: int, possible: int) -> str:
    """`1,204`, or `0 to 1,204`."""
    return f"{certain:,}" if certain == possible else f"{certain:,} to {possible:,}"


def graph_of(run: RehearsalRun) -> Graph | None:
    """With the conditions that were tried; None where what was rehearsed can no longer be read."""
    try:
        return with_conditions(read_graph(run.graph), read_overlay(run.overlay).conditions)
    except Problem:
        return None


def what_if(run: RehearsalRun) -> list[str]:
    return in_words(run.overlay, graph_of(run) if "conditions" in run.overlay else None)


def names_of(graph: Graph | None) -> dict[str, str]:
    """Of each step by its key, in the order of the graph."""
    return {START: "Start"} | {step.key: name_of(step) for step in (graph.steps if graph else ())}


def steps_told(run: RehearsalRun, graph: Graph | None) -> list[StepTold]:
    names = names_of(graph)
    cells: dict[str, list[RehearsalCell]] = {}
    for cell in run.cells.all():
        cells.setdefault(cell.step, []).append(cell)
    keys = [key for key in names if key in cells] + [key for key in cells if key not in names]
    return [StepTold(key, names.get(key, key), _lines(cells[key])) for key in keys]


def _lines(cells: Iterable[RehearsalCell]) -> tuple[Line, ...]:
    order = list(OUTCOMES)
    ranked = sorted(cells, key=lambda cell: (order.index(cell.outcome) if cell.outcome in order else 3, -cell.possible))
    return tuple(_line(cell) for cell in ranked)


def _line(cell: RehearsalCell) -> Line:
    main = cell.outcome in (ENTERED, REACHED)
    return Line(cell, outcome_words(cell), why_words(cell), figure(cell.certain, cell.possible), main)


def outcome_words(cell: Cell | RehearsalCell) -> str:
    return OUTCOMES.get(cell.outcome, f"go on by {cell.outcome}")


def why_words(cell: Cell | RehearsalCell) -> str:
    """Empty where there is nothing to say."""
    cause = f"({cell.cause})" if cell.cause else ""
    return " ".join(part for part in (REASONS.get(cell.reason, cell.reason), cause) if part)


def drawn(run: RehearsalRun, graph: Graph) -> SafeString:
    """With who comes to each step, and who would get each message."""
    notes: dict[str, tuple[str, ...]] = {}
    for cell in run.cells.filter(outcome__in=(ENTERED, REACHED)):
        notes[cell.step] = (_people(cell),)
    return picture(graph, str(run), f"rehearsal-{run.pk}", notes)


def caveats(graph: Graph) -> list[str]:
    """What the numbers cannot tell, and why."""
    told = []
    if graph.start.entry.kind in BY_ITERABLE:
        told.append(f"Whoever {entry_words(graph.start.entry)}: only Iterable knows who that is. Counted is who could.")
    if in_circles(graph):
        told.append("It leads in a circle: each step is walked once, so whoever goes round gets more than is counted here.")
    return told


def _people(cell: RehearsalCell) -> str:
    return "1 person" if cell.certain == cell.possible == 1 else f"{figure(cell.certain, cell.possible)} people"
