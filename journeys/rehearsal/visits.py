"""A graph unfolded by time: each step as often as people can come to it at different moments, with what decides how they go on.

Seen from the moment of entry. What people will do is not known: an event that has not come may still come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contacts.conditions.tree import Any, Compare
from iterable_admin.errors import Permanent
from journeys.definition.graph import (
    ELSE,
    HAPPENED,
    NEXT,
    START,
    TIMED_OUT,
    Delay,
    DelayUntil,
    ExitRule,
    Experiment,
    Graph,
    HoldUntil,
    Split,
    Step,
    outcomes,
)
from journeys.rehearsal.questions import Asks, Plain, Question, Share
from journeys.rehearsal.spans import Span

MOST_VISITS = 3_000
WAITED = "waited"
BANDS = (1, 7, 30, 90, 1_000)
"""Days: how closely the end of a wait for a date is known when everybody is counted at once."""
HOURS = 24


@dataclass(frozen=True, slots=True)
class Way:
    """`to`: the place of the next visit among all; None: they leave."""

    outcome: str
    when: Question
    to: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """`leaves`: the exit rules that may take somebody out as they arrive; then the first way that holds."""

    step: Step
    span: Span
    leaves: tuple[tuple[str, Question], ...]
    ways: tuple[Way, ...]


def unfold(graph: Graph, entered: datetime) -> tuple[Visit, ...]:
    """What follows a step stands before it: the first step is the last visit. Nothing: whoever enters leaves at once.

    An edge that leads back is where a rehearsal ends: it walks each step once.
    """
    unfolding = _Unfolding(graph, entered)
    unfolding.visit(START, NEXT, Span.at(entered))
    return tuple(unfolding.visits)


class _Unfolding:
    def __init__(self, graph: Graph, entered: datetime) -> None:
        self.graph, self.entered = graph, entered
        self.visits: list[Visit] = []
        self.places: dict[tuple[str, Span], int] = {}
        self.leads_back = set(back_edges(graph))

    def visit(self, key: str, outcome: str, span: Span) -> int | None:
        step = self.graph.after(key, outcome)
        if step is None or (key, outcome) in self.leads_back:
            return None
        if (step.key, span) not in self.places:
            ways = tuple(self.ways(step, span))
            if len(self.visits) >= MOST_VISITS:
                raise Permanent(f"There are more than {MOST_VISITS:,} ways through it: take out some waits or splits.")
            self.places[step.key, span] = len(self.visits)
            leaves = tuple(found for rule in self.graph.start.exit_rules for found in self.leaving(rule, span))
            self.visits.append(Visit(step, span, leaves, ways))
        return self.places[step.key, span]

    def leaving(self, rule: ExitRule, span: Span) -> Iterator[tuple[str, Question]]:
        if rule.where is not None:
            yield rule.name, Asks(rule.where, span)
        if rule.event and span.latest > self.entered:
            yield rule.name, Plain.MAYBE

    def ways(self, step: Step, span: Span) -> Iterator[Way]:
        match step:
            case Delay():
                yield self.way(step, NEXT, Plain.ALWAYS, span.later(step.hours, step.skip_weekends))
            case DelayUntil():
                yield from self.until(step, span)
            case HoldUntil():
                yield from self.hold(step, span)
            case Split():
                for branch in step.branches:
                    yield self.way(step, branch.key, Asks(branch.where, span), span)
                yield self.way(step, ELSE, Plain.ALWAYS, span)
            case Experiment():
                yield from self.shares(step, span)
            case _:
                for outcome in outcomes(step):
                    yield self.way(step, outcome, Plain.ALWAYS, span)

    def way(self, step: Step, outcome: str, when: Question, span: Span) -> Way:
        return Way(outcome, when, self.visit(step.key, outcome, span))

    def until(self, step: DelayUntil, span: Span) -> Iterator[Way]:
        """No date, or one that is over: no wait. Otherwise the date is known for each person, and here to a band."""
        offset = step.offset_hours / HOURS
        over = Any((Compare(step.field, "unknown"), Compare(step.field, "over_days_ago", offset)))
        yield self.way(step, NEXT, Asks(over, span), span)
        since = span
        for days in BANDS:
            until = span.later(days * HOURS, step.skip_weekends)
            comes = Asks(Compare(step.field, "over_days_ago", offset - days), span)
            yield self.way(step, NEXT, comes, Span(since.earliest, until.latest))
            since = span.later(days * HOURS)
        yield Way(NEXT, Plain.ALWAYS, None)

    def hold(self, step: HoldUntil, span: Span) -> Iterator[Way]:
        if step.where is not None:
            yield self.way(step, HAPPENED, Asks(step.where, span), span)
        yield self.way(step, HAPPENED, Plain.MAYBE, span.until(step.timeout_hours))
        yield self.way(step, TIMED_OUT, Plain.ALWAYS, span.later(step.timeout_hours))

    def shares(self, step: Experiment, span: Span) -> Iterator[Way]:
        for share, outcome in shares(step):
            yield self.way(step, outcome, share, span)


def shares(step: Experiment) -> Iterator[tuple[Question, str]]:
    """The last variant has what the others leave."""
    below = 0.0
    for variant in step.variants[:-1]:
        below += variant.percent
        yield Share(step.key, min(below, 100.0)) if below < 100 else Plain.ALWAYS, variant.key
    for variant in step.variants[-1:]:
        yield Plain.ALWAYS, variant.key


def variant_of(address_key: str, step: Experiment) -> str:
    """Always the same for one person and step, whoever asks."""
    return next(name for share, name in shares(step) if not isinstance(share, Share) or share.holds(address_key))


def back_edges(graph: Graph) -> Iterator[tuple[str, str]]:
    """By source and outcome: those that lead to a step on the way to their own source."""
    through: set[str] = set()

    def follow(key: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        step = graph.step(key)
        for outcome in (NEXT,) if step is None else outcomes(step):
            after = graph.after(key, outcome)
            if after is None:
                continue
            if after.key in (*above, key):
                yield key, outcome
            elif after.key not in through:
                yield from follow(after.key, (*above, key))
        through.add(key)

    yield from follow(START, ())
