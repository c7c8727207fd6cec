"""What shows only against everybody we know: conditions that fit nobody, dead branches, journeys that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from contacts.conditions.counting import anybody, counts
from contacts.conditions.doubting import Doubt, doubts
from contacts.conditions.tree import All, Any, Condition, Not, Performed
from journeys.definition.described import Described
from journeys.definition.describing import name_of
from journeys.definition.graph import START, Graph, Message, Split
from journeys.definition.slots import Slot, slots
from journeys.definition.waits import arrivals
from journeys.lint.ground import Ground
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.rules.definitions import EDITS, newest_of_each
from journeys.lint.subjects import of_version

CLOSE_HOURS = 24
# Whoever did the event before that is through with both.
LATELY_DAYS = 30


@register
class JRN05(Rule):
    """Two journeys are started by the same event, and mail the same people within a day.

    Counted are those who did the event within 30 days and of whom both entry conditions are true.
    """

    code, severity, title = "JRN05", Severity.WARNING, "journeys that overlap"

    def find(self, ground: Ground) -> Iterator[Found]:
        for one, other in combinations(newest_of_each(ground).values(), 2):
            event = _shared_event(one, other)
            if not event or not _close(one, other):
                continue
            both, _ = counts([], ground.now, among=All((_where(one), _where(other), Performed(event, LATELY_DAYS))))
            if both:
                names = f"{other.version.journey} is started by {event}, too, and mails within a day of it"
                sentence = f"{names}: {both:,} people of the last {LATELY_DAYS} days would be in both."
                next_step = "The campaigns owner of either has one leave the other's people out."
                evidence = {"event": event, "other": other.version.journey.name, "people": both}
                yield Found(of_version(one.version), sentence, next_step, evidence=evidence, part=str(other.version.journey_id))


def _where(described: Described) -> Condition:
    return described.graph.start.where if described.graph else Any(())


def _shared_event(one: Described, other: Described) -> str:
    events = [described.graph.start.entry.event if described.graph else "" for described in (one, other)]
    return events[0] if events[0].casefold() == events[1].casefold() else ""


def _close(one: Described, other: Described) -> bool:
    mine, theirs = _first_message(one.graph), _first_message(other.graph)
    return mine is not None and theirs is not None and abs(mine - theirs) <= CLOSE_HOURS


def _first_message(graph: Graph | None) -> float | None:
    if graph is None:
        return None
    came = [found.earliest for key, found in arrivals(graph).items() if isinstance(graph.step(key), Message)]
    return min(came, default=None)


@register
class JRN06(Rule):
    """A condition asks for a field that is known of nobody, or for a value that was never seen, or only in other case.

    Iterable compares exactly. Fields that do not exist, and arrays without a quantifier, cannot be described at all.
    """

    code, severity, title = "JRN06", Severity.WARNING, "condition that fits nobody so far"

    def find(self, ground: Ground) -> Iterator[Found]:
        for described in ground.described:
            told: set[str] = set()
            for slot in slots(described.graph) if described.graph else ():
                for doubt in doubts(slot.condition, ground.now):
                    # A field that nobody has is the same trouble wherever it is asked for.
                    part = f"{slot.place}:{doubt.field}" if doubt.values else doubt.field
                    if part not in told:
                        told.add(part)
                        yield _doubtful(described, slot, doubt, part)


def _doubtful(described: Described, slot: Slot, doubt: Doubt, part: str) -> Found:
    sentence = f"“{slot.words}” asks for what nobody is: {doubt.words}"
    next_step = f"The campaigns owner compares the spelling with Iterable. {EDITS}"
    evidence = {"step": slot.step or START, "values": list(doubt.values)}
    return Found(of_version(described.version), sentence, next_step, evidence=evidence, part=part)


@register
class JRN07(Rule):
    """A branch that nobody would take now, or that everybody would: it is dead, or it is no question.

    Counted over all of whom the entry condition is true now, and who did the event; what happens on the way is left out.
    """

    code, severity, title = "JRN07", Severity.WARNING, "dead branch"

    def find(self, ground: Ground) -> Iterator[Found]:
        for described in ground.described:
            for step in described.graph.steps if described.graph else ():
                if isinstance(step, Split) and described.graph:
                    yield from self._branches(described, described.graph, step, ground)

    def _branches(self, described: Described, graph: Graph, step: Split, ground: Ground) -> Iterator[Found]:
        entering = who_enters(graph)
        if not anybody(entering, ground.now):
            return
        total, taken = counts(ways_taken(step), ground.now, among=entering)
        for branch, people in zip(step.branches, taken, strict=True):
            if people in (0, total):
                who = f"all {total:,}" if people else f"none of {total:,}"
                sentence = f"Branch {branch.name} of {name_of(step)}: {who} who would enter now take it."
                evidence = {"step": step.key, "branch": branch.key, "people": people, "of": total}
                yield Found(of_version(described.version), sentence, EDITS, evidence=evidence, part=f"{step.key}:{branch.key}")


def who_enters(graph: Graph) -> Condition:
    event = graph.start.entry.event
    return All((graph.start.where, Performed(event))) if event else graph.start.where


def ways_taken(step: Split) -> list[Condition]:
    """Of each branch: its condition, and none of those before it."""
    wheres = [branch.where for branch in step.branches]
    return [All((where, *(Not(before) for before in wheres[:number]))) for number, where in enumerate(wheres)]
