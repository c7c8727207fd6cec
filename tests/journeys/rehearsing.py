"""Graphs to rehearse, and how a run is told in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from contacts.conditions.past import facts_of
from contacts.conditions.reading import read
from contacts.consent.resolver.records import load
from contacts.models import Contact
from journeys.definition.graph import Branch, Edge, Entry, ExitRule, Graph, Message, Split, Start, Step
from journeys.rehearsal.bounding import Bounds
from journeys.rehearsal.counting import Counts, count_now
from journeys.rehearsal.scene import Scene
from journeys.rehearsal.walking import Person, walk

Told = dict[str, tuple[int, int]]


def mail(key: str, message_type: str = "Marketing Message") -> Message:
    return Message(key, key, message_type)


def chain(*steps: Step, edges: tuple[tuple[str, str, str], ...] = (), **start: Any) -> Graph:
    """One after the other, but for the edges that are given."""
    given = {(source, outcome) for source, outcome, _ in edges}
    keys = ["start", *(step.key for step in steps)]
    follow = [(a, "next", b) for a, b in pairwise(keys) if (a, "next") not in given]
    return Graph(
        Start(**{"entry": Entry("event", event="SaaS Trials"), **start}), steps, tuple(Edge(*edge) for edge in (*follow, *edges))
    )


def split(key: str, **branches: Any) -> Split:
    return Split(key, key, tuple(Branch(name, name, read(told)) for name, told in branches.items()))


def rule(name: str, event: str = "", **told: Any) -> ExitRule:
    return ExitRule(name, event, read(told) if told else None)


def in_words(counts: Counts) -> Told:
    """`step outcome reason cause`, and how many at least and at most."""
    cells = sorted(counts.possible)
    return {" ".join(part for part in cell if part): (counts.certain[cell], counts.possible[cell]) for cell in cells}


def exactly(counts: Counts) -> Mapping[str, int]:
    told = in_words(counts)
    assert all(certain == possible for certain, possible in told.values()), told
    return {name: certain for name, (certain, _) in told.items()}


def alone(scene: Scene) -> dict[str, Bounds]:
    """Everybody who enters, by address key, each by themselves in Python."""
    found: dict[str, Bounds] = {}
    for contact in Contact.objects.exclude(email=""):
        record = load(contact.address_key, scene.as_of)
        facts = facts_of(record, scene.types.values(), scene.entered if scene.past else None)
        if (walked := walk(scene, Person(record, facts))) is not None:
            found[contact.address_key] = walked
    return found


def one_by_one(scene: Scene) -> Counts:
    counts = Counts()
    for walked in alone(scene).values():
        counts.add(walked, 1)
    return counts


def both(scene: Scene) -> Counts:
    """By the statement, which agrees with the walk of each."""
    counts = count_now(scene)
    assert in_words(counts) == in_words(one_by_one(scene))
    return counts
