"""One person's way through a journey, step by step, with what led there and what happens; both ways where the future decides."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contacts.conditions.tracing import trace
from contacts.consent.resolver.person import Suppressions
from journeys.definition.describing import name_of, period, step_words
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
from journeys.rehearsal.bounding import AGED_OUT
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.told import REASONS
from journeys.rehearsal.visits import variant_of
from journeys.why.checklist import Explained, Place, Stop, Test, Way, first_blocker
from journeys.why.entering import exits, explain_entry, triggers
from journeys.why.of_condition import lines_of, traced
from journeys.why.of_message_type import explain
from journeys.why.person import Person, type_named, when
from journeys.why.waiting import ends

KINDS = {
    Message: "message",
    Delay: "wait",
    DelayUntil: "wait",
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
AGED = REASONS[AGED_OUT]
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
    entry, left = explain_entry(person, name, graph), exits(person, graph.start.exit_rules, since)
    on_the_way = bool(entered) and entry.outcome != "stays_out" and first_blocker(left) is None
    return Way(entry, tuple(_stops(person, graph, since, on_the_way=on_the_way)), left)


def _stops(person: Person, graph: Graph, since: datetime, *, on_the_way: bool) -> list[Stop]:
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
        leg = _leg(person, graph, at, since)
        stop = _stop(at, leg)
        stops.append(_placed(stop, at.since, leg.until, person.now) if on_the_way and at.certain else stop)
        for outcome, words, certain in leg.on:
            reached_by = f"{name_of(at.step)}: {words}" if words else name_of(at.step)
            if target := graph.after(at.step.key, outcome):
                waiting.append(At(target, reached_by, at.certain and certain, leg.until or at.since))
            else:
                stops.append(Stop("", "Exit", "exit", reached_by, at.certain and certain, "leaves the journey"))
    return stops


def _stop(at: At, leg: Leg) -> Stop:
    step = at.step
    return Stop(step.key, name_of(step), KINDS[type(step)], at.reached_by, at.certain, leg.happens, leg.message, leg.tests)


def _placed(stop: Stop, comes_at: datetime, until: datetime | None, now: datetime) -> Stop:
    place: Place = "ahead" if comes_at > now else "here" if until and until > now else "behind"
    return replace(stop, comes_at=comes_at, place=place)


def _leg(person: Person, graph: Graph, at: At, entered: datetime) -> Leg:
    match at.step:
        case Message() as step:
            return _message(person, Scene(graph, entered), step, at.since)
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
            return Leg(f"takes {words}", ((key, words, True),))
        case Exit() | GoTo() | Note() as step:
            return Leg(step_words(step), ())
    return Leg(step_words(at.step))


def _message(person: Person, scene: Scene, step: Message, comes_at: datetime) -> Leg:
    message_type = type_named(person, step.message_type)
    if message_type is None:
        return Leg(f"is not known: there is no message type {step.message_type}")
    found = explain(person, message_type, Suppressions(journey=scene.graph.start.suppress_lists))
    if comes_at > scene.entered and trace(scene.aged(comes_at), person.facts, person.now).holds:
        found = _aged(found)
    return Leg(HAPPENS[found.outcome], message=found)


def _aged(found: Explained) -> Explained:
    """By then the sync does not tell Iterable of them any more: as a rehearsal says, too."""
    test = Test("Window of the sync", "still in it when they come there", AGED, False, AGED_OUT)
    sentence = found.sentence if found.outcome == "blocked" else f"{found.subject} is kept from this person. {AGED}"
    return replace(found, outcome="blocked", sentence=sentence, tests=(*found.tests, test), flips=())


def _hold(person: Person, step: HoldUntil, since: datetime) -> Leg:
    over = since + timedelta(hours=step.timeout_hours)
    came = [one.at for one in person.facts.events if one.name == step.event and since <= one.at <= min(over, person.now)]
    tests = tuple(lines_of(person, step.name, traced(person, step.where))) if step.where is not None else ()
    holds = bool(tests and tests[0].passed)
    if came:
        return Leg(f"{step.event} came on {when(came[0])}", ((HAPPENED, "happened", True),), came[0], tests=tests)
    if holds:
        return Leg("what it waits for is true", ((HAPPENED, "happened", since <= person.now),), tests=tests)
    if over <= person.now:
        return Leg(f"waited {period(step.timeout_hours)} in vain", ((TIMED_OUT, "timed out", True),), over, tests=tests)
    words = f"waits at most {period(step.timeout_hours)}: both ways are possible"
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
