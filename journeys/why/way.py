"""One person's way through a journey, step by step, with what led there and what happens; both ways where the future decides."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.consent.resolver.person import Suppressions
from journeys.definition.graph import (
    ELSE,
    HAPPENED,
    NEXT,
    START,
    TIMED_OUT,
    CallWebhook,
    ChangeList,
    ChangeSubscription,
    Delay,
    DelayUntil,
    Exit,
    Experiment,
    GoTo,
    Graph,
    HoldUntil,
    Message,
    Note,
    SetProfile,
    Split,
    Step,
)
from journeys.rehearsal.visits import variant_of
from journeys.why.checklist import Explained, Stop, Test, Way
from journeys.why.entering import exits, explain_entry, triggers
from journeys.why.of_condition import lines_of, traced
from journeys.why.of_message_type import explain
from journeys.why.person import Person, type_named
from journeys.why.waiting import ends, told

KINDS = {
    Message: "message",
    Delay: "delay",
    DelayUntil: "delay",
    HoldUntil: "wait",
    Split: "split",
    Experiment: "A/B split",
    SetProfile: "profile",
    ChangeList: "list",
    ChangeSubscription: "subscription",
    CallWebhook: "webhook",
    GoTo: "journey",
    Exit: "exit",
    Note: "note",
}
HAPPENS = {
    "sent": "is sent",
    "exposed": "is sent by Iterable, though we should not",
    "blocked": "is skipped, and they go on",
    "unknown": "is sent, as far as is known",
}
FUTURE = "is decided later; by what is known today"


@dataclass(frozen=True, slots=True)
class At:
    """A step, and how somebody comes there."""

    step: Step
    reached_by: str
    certain: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Leg:
    """What happens at a step; `on`: by which outcomes it goes on, with the words for it and whether that is certain."""

    happens: str
    on: tuple[tuple[str, str, bool], ...] = ((NEXT, "", True),)
    until: datetime | None = None
    message: Explained | None = None
    tests: tuple[Test, ...] = ()


def walk(person: Person, name: str, graph: Graph) -> Way:
    entered = triggers(person, graph.start.entry)
    since = entered[-1].at if entered else person.now
    stops = tuple(_stops(person, graph, since))
    return Way(explain_entry(person, name, graph), stops, exits(person, graph.start.exit_rules, since))


def _stops(person: Person, graph: Graph, since: datetime) -> list[Stop]:
    """Breadth first, each step once: a way back to a step that was told already ends there."""
    first = graph.after(START)
    waiting = deque([At(first, "the start", True, since)] if first else [])
    seen: set[str] = set()
    stops: list[Stop] = []
    while waiting:
        at = waiting.popleft()
        if at.step.key in seen:
            continue
        seen.add(at.step.key)
        leg = _leg(person, graph, at)
        stops.append(_stop(at, leg))
        for outcome, words, certain in leg.on:
            reached_by = f"{_name(at.step)}: {words}" if words else _name(at.step)
            if target := graph.after(at.step.key, outcome):
                waiting.append(At(target, reached_by, at.certain and certain, leg.until or at.since))
            else:
                stops.append(Stop("", "Exit", "exit", reached_by, at.certain and certain, "leaves the journey"))
    return stops


def _stop(at: At, leg: Leg) -> Stop:
    step = at.step
    return Stop(step.key, _name(step), KINDS[type(step)], at.reached_by, at.certain, leg.happens, leg.message, leg.tests)


def _name(step: Step) -> str:
    return step.text if isinstance(step, Note) else step.name


def _leg(person: Person, graph: Graph, at: At) -> Leg:
    match at.step:
        case Message() as step:
            return _message(person, graph, step)
        case Delay() | DelayUntil() as step:
            until, words = ends(person, step, at.since)
            return Leg(words, until=until)
        case HoldUntil() as step:
            return _hold(person, step, at.since)
        case Split() as step:
            return _split(person, step, at.since)
        case Experiment() as step:
            key = variant_of(person.record.address_key, step)
            words = next(variant.name for variant in step.variants if variant.key == key)
            return Leg(f"goes to {words}", ((key, words, True),))
        case Exit() | GoTo() | Note() as step:
            return Leg(f"goes on in {step.journey}" if isinstance(step, GoTo) else "leaves the journey", ())
    return Leg(_told(at.step))


def _message(person: Person, graph: Graph, step: Message) -> Leg:
    message_type = type_named(person, step.message_type)
    if message_type is None:
        return Leg(f"is not known: there is no message type {step.message_type}")
    found = explain(person, message_type, Suppressions(journey=graph.start.suppress_lists))
    return Leg(HAPPENS[found.outcome], message=found)


def _hold(person: Person, step: HoldUntil, since: datetime) -> Leg:
    over = since + timedelta(hours=step.timeout_hours)
    came = [one.at for one in person.facts.events if one.name == step.event and since <= one.at <= min(over, person.now)]
    tests = tuple(lines_of(person, step.name, traced(person, step.where))) if step.where is not None else ()
    holds = bool(tests and tests[0].passed)
    if came:
        return Leg(f"{step.event} came on {came[0]:%Y-%m-%d %H:%M} UTC", ((HAPPENED, "happened", True),), came[0], tests=tests)
    if holds:
        return Leg("what it waits for is true", ((HAPPENED, "happened", since <= person.now),), tests=tests)
    if over <= person.now:
        return Leg(f"waited {told(step.timeout_hours)} in vain", ((TIMED_OUT, "timed out", True),), over, tests=tests)
    words = f"waits at most {told(step.timeout_hours)}: both ways are possible"
    return Leg(words, ((HAPPENED, "if it happens", False), (TIMED_OUT, "if it does not", False)), over, tests=tests)


def _split(person: Person, step: Split, since: datetime) -> Leg:
    certain = since <= person.now
    aside = "" if certain else f" ({FUTURE})"
    tests: list[Test] = []
    for branch in step.branches:
        found = traced(person, branch.where)
        tests += lines_of(person, branch.name, found)
        if found.holds:
            return Leg(f"takes {branch.name}{aside}", ((branch.key, branch.name, certain),), tests=tuple(tests))
    return Leg(f"takes none of the branches{aside}", ((ELSE, "none of the branches", certain),), tests=tuple(tests))


def _told(step: Step) -> str:
    match step:
        case SetProfile(fields=fields):
            return f"sets {', '.join(fields)}"
        case ChangeList(list_id=number, add=add):
            return f"is {'put on' if add else 'taken off'} list {number}"
        case ChangeSubscription(target=target, subscribe=subscribe):
            return f"is {'subscribed to' if subscribe else 'unsubscribed from'} {target}"
    return "a webhook is called"
