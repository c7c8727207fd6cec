"""Where somebody goes, as far as that is known: what surely becomes of them, and what may become of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contacts.consent.resolver.people import mails
from contacts.consent.resolver.rules import NOT_OBSERVED, SEND
from journeys.definition.graph import START, Experiment, HoldUntil, Message, Split
from journeys.rehearsal.questions import PLAIN, Answer, Plain, Question
from journeys.rehearsal.visits import Visit, Way

REACHED, ENTERED, LEFT = "reached", "entered", "left"
SENT, EXPOSED, BLOCKED, UNKNOWN = "sent", "exposed", "blocked", "unknown"
AGED_OUT, NOT_IN_ITERABLE = "AGED_OUT", "NOT_IN_ITERABLE"


class Cell(NamedTuple):
    """One thing that becomes of people at a step. `outcome` of a message: whether Iterable would send it, and should."""

    step: str
    outcome: str
    reason: str = ""
    cause: str = ""


class Said(NamedTuple):
    """Of a message type: the first reason why we should not send it (or SEND), its cause, and whether Iterable has the person."""

    code: str
    cause: str
    present: bool | None


@dataclass(frozen=True)
class Answers:
    """Of one person, or of all who are alike."""

    of: Callable[[Question], Answer]
    said: Callable[[Message], Said]
    aged: Callable[[Visit], Answer]
    """Whether they will have left the window by then."""


Bounds = tuple[frozenset[Cell], frozenset[Cell]]
NOTHING: Bounds = (frozenset(), frozenset())
ENTRY = Cell(START, ENTERED)


def bounds(visits: Sequence[Visit], answers: Answers) -> Bounds:
    """What surely becomes of somebody who enters, and what may: sure is what happens on every way that is open to them."""
    found: dict[int, Bounds] = {}

    def of(place: int | None) -> Bounds:
        if place is None:
            return NOTHING
        if place not in found:
            found[place] = _of_visit(visits[place], answers, of)
        return found[place]

    sure, possible = of(len(visits) - 1 if visits else None)
    return sure | {ENTRY}, possible | {ENTRY}


def _of_visit(visit: Visit, answers: Answers, of: Callable[[int | None], Bounds]) -> Bounds:
    rules, stays = _open(list(visit.leaves), answers)
    ends = [_only(Cell(visit.step.key, LEFT, name)) for name in rules]
    return _either([*ends, *([_here(visit, answers, of)] if stays else [])])


def _open(leaves: list[tuple[str, Question]], answers: Answers) -> tuple[list[str], bool]:
    """The rules by which they may leave, and whether they may stay."""
    names: list[str] = []
    for name, question in leaves:
        sure, possible = answer(question, answers)
        if possible:
            names.append(name)
        if sure:
            return names, False
    return names, True


def _here(visit: Visit, answers: Answers, of: Callable[[int | None], Bounds]) -> Bounds:
    reached = _only(Cell(visit.step.key, REACHED))
    told = NOTHING
    if isinstance(visit.step, Message):
        told = _either([_only(cell) for cell in message_cells(visit.step, visit, answers)])
    ways = [_both(_of_way(visit, way), of(way.to)) for way in open_ways(visit, answers)]
    return _both(_both(reached, told), _either(ways))


def _of_way(visit: Visit, way: Way) -> Bounds:
    if isinstance(visit.step, Split | Experiment | HoldUntil):
        return _only(Cell(visit.step.key, way.outcome))
    return NOTHING


def open_ways(visit: Visit, answers: Answers) -> Iterator[Way]:
    """All that may be taken: those up to the first that holds for sure."""
    for way in visit.ways:
        sure, possible = answer(way.when, answers)
        if possible:
            yield way
        if sure:
            return


def answer(question: Question, answers: Answers) -> Answer:
    return PLAIN[question] if isinstance(question, Plain) else answers.of(question)


def message_cells(step: Message, visit: Visit, answers: Answers) -> Iterator[Cell]:
    key, cell = step.key, cell_of(step.key, answers.said(step))
    sure, possible = answers.aged(visit) if cell.outcome in (SENT, EXPOSED, UNKNOWN) else (False, False)
    if possible:
        yield Cell(key, BLOCKED, AGED_OUT)
    if not sure:
        yield cell


def cell_of(key: str, said: Said) -> Cell:
    mailed = mails(said.code, said.present)
    if mailed is None:
        return Cell(key, UNKNOWN, NOT_OBSERVED if said.code == SEND else said.code, said.cause)
    if said.code == SEND:
        return Cell(key, SENT) if mailed else Cell(key, BLOCKED, NOT_IN_ITERABLE)
    return Cell(key, EXPOSED if mailed else BLOCKED, said.code, said.cause)


def _only(cell: Cell) -> Bounds:
    return frozenset({cell}), frozenset({cell})


def _both(first: Bounds, second: Bounds) -> Bounds:
    return first[0] | second[0], first[1] | second[1]


def _either(several: list[Bounds]) -> Bounds:
    if len(several) < 2:
        return several[0] if several else NOTHING
    return frozenset.intersection(*(sure for sure, _ in several)), frozenset.union(*(possible for _, possible in several))
