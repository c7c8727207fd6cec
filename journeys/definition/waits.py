"""How long after their entry people come to each step: at the earliest, and at the latest."""

from __future__ import annotations

from dataclasses import dataclass

from journeys.definition.describing import Way, ways_of
from journeys.definition.graph import START, TIMED_OUT, Delay, DelayUntil, Graph, HoldUntil, Step

WEEKEND = 48.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """In hours after the entry."""

    earliest: float
    latest: float

    def joined(self, other: Arrival) -> Arrival:
        return Arrival(min(self.earliest, other.earliest), max(self.latest, other.latest))


def arrivals(graph: Graph) -> dict[str, Arrival]:
    """Of the steps that can be reached, each way gone once: who goes round in a circle comes later than told.

    A wait for a moment on the profile is counted as if that moment were the entry, or over already.
    """
    order = _before_what_follows(graph)
    place = {key: number for number, key in enumerate(order)}
    found = {START: Arrival(0, 0)}
    for key in order:
        for way in ways_of(graph, key):
            if way.to is not None and place[way.to] > place[key]:
                there = _after(graph.step(key), way, found[key])
                found[way.to] = found[way.to].joined(there) if way.to in found else there
    del found[START]
    return found


def _after(step: Step | None, way: Way, came: Arrival) -> Arrival:
    match step:
        case Delay():
            more = WEEKEND if step.skip_weekends else 0
            return Arrival(came.earliest + step.hours, came.latest + step.hours + more)
        case DelayUntil():
            return Arrival(came.earliest, max(came.latest, step.offset_hours))
        case HoldUntil():
            least = step.timeout_hours if way.outcome == TIMED_OUT else 0
            return Arrival(came.earliest + least, came.latest + step.timeout_hours)
    return came


def _before_what_follows(graph: Graph) -> list[str]:
    """Keys so that whatever leads forward stands before where it leads."""
    done: dict[str, None] = {}
    seen: set[str] = set()
    open_ = [(START, False)]
    while open_:
        key, left = open_.pop()
        if left:
            done.setdefault(key)
        elif key not in seen:
            seen.add(key)
            open_.append((key, True))
            open_ += [(way.to, False) for way in ways_of(graph, key) if way.to is not None and way.to not in seen]
    return list(reversed(done))
