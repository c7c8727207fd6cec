"""`python -m tests.scale.why [CONTACTS]`: one explanation among a million people, in the database of `tests.scale.rehearsal`."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median, quantiles
from typing import Any

from tests.scale.databases import connect
from tests.scale.rehearsal import DATABASE

TIMES = 300
MESSAGES = 10


def journey() -> Any:
    """A trigger, a condition on namespaces, ten messages with a split and a wait before each."""
    from contacts.conditions.reading import read
    from journeys.definition.graph import Branch, Delay, Edge, Entry, Graph, Message, Split, Start

    where = read({"namespaces": "some", "where": {"field": "GITLAB_PLAN_TITLE", "op": "one_of", "value": ["Ultimate Trial"]}})
    germany = Branch("yes", "In Germany", read({"field": "country", "op": "is", "value": "Germany"}))
    steps: list[Any] = []
    edges = [Edge("start", "next", "delay0")]
    for number in range(MESSAGES):
        steps += [
            Delay(f"delay{number}", "A day", 24),
            Split(f"split{number}", "Where", (germany,)),
            Message(f"message{number}", f"Message {number}", "Marketing Message"),
        ]
        edges += [
            Edge(f"delay{number}", "next", f"split{number}"),
            Edge(f"split{number}", "yes", f"message{number}"),
            Edge(f"message{number}", "next", f"delay{number + 1}"),
        ]
    return Graph(Start(Entry("event", event="SaaS Trials"), where=where, lifetime_limit=1), tuple(steps), tuple(edges[:-1]))


def timed(explain: Callable[[str], Any], emails: list[str]) -> list[float]:
    """Milliseconds, each."""
    taken = []
    for email in emails:
        began = time.perf_counter()
        explain(email)
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def main(contacts: int = 1_000_000) -> None:
    connect(DATABASE)
    from django.utils import timezone

    from journeys.why.of_message_type import explain
    from journeys.why.person import person_of, type_named
    from journeys.why.way import walk

    graph, week_ago = journey(), timezone.now() - timedelta(days=7)
    dice = random.Random(7)
    emails = [f"p{dice.randint(1, contacts)}@example.com" for _ in range(TIMES)]

    def message_type(email: str) -> Any:
        person = person_of(email)
        named = type_named(person, "Marketing Message")
        return explain(person, named) if named else None

    questions: dict[str, Callable[[str], Any]] = {
        "a message type": message_type,
        f"a journey of {MESSAGES} messages": lambda email: walk(person_of(email), "Bench", graph),
        "the same a week ago": lambda email: walk(person_of(email, week_ago), "Bench", graph),
    }
    for name, question in questions.items():
        timed(question, emails[:20])
        taken = timed(question, emails)
        print(f"{name}: median {median(taken):.1f} ms, p95 {quantiles(taken, n=20)[-1]:.1f} ms, worst {max(taken):.1f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
