"""Everybody by one statement and each person in Python: the same bounds, whatever the journey."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.conditions.reading import read
from contacts.models import Contact, FieldChange
from journeys.definition.graph import (
    Branch,
    Delay,
    DelayUntil,
    Edge,
    Entry,
    ExitRule,
    Experiment,
    Graph,
    HoldUntil,
    Message,
    Split,
    Start,
    Step,
    Variant,
    outcomes,
)
from journeys.rehearsal.scene import Scene
from tests.conditions.people import NOW, PLANS, TEXTS, crowd
from tests.conditions.strategies import conditions
from tests.effort import examples
from tests.journeys.rehearsing import both

pytestmark = pytest.mark.django_db
TYPES = ["GitLab Marketing", "Marketing Message", "Transactional"]
KEYS = ("a", "b", "c", "d", "e", "f")

wheres = conditions().map(read)
events = st.sampled_from(["", "SaaS Trials", "Other"])


def _step(key: str) -> st.SearchStrategy[Step]:
    hours = st.sampled_from([1, 24, 240, 2_000])
    return st.one_of(
        st.builds(Message, st.just(key), st.just(key), st.sampled_from(TYPES)),
        st.builds(Delay, st.just(key), st.just(key), hours, st.booleans()),
        st.builds(DelayUntil, st.just(key), st.just(key), st.sampled_from(["latest_trial_start_date", "last_login_at"]), hours),
        st.builds(HoldUntil, st.just(key), st.just(key), hours, events, st.none() | wheres),
        st.builds(lambda where: Split(key, key, (Branch("yes", "yes", where),)), wheres),
        st.just(Experiment(key, key, (Variant("one", "one", 40), Variant("two", "two", 60)))),
    )


@st.composite
def graphs(draw: Any) -> Graph:
    """Edges lead forwards, each to any later step, or nowhere."""
    steps = [draw(_step(key)) for key in KEYS[: draw(st.integers(1, 6))]]
    edges = [Edge("start", "next", "a")]
    for number, step in enumerate(steps):
        for outcome in outcomes(step):
            later = draw(st.sampled_from([None, *steps[number + 1 :]]))
            edges += [Edge(step.key, outcome, later.key)] if later else []
    rules = draw(st.lists(st.builds(ExitRule, st.just("rule"), events, st.none() | wheres), max_size=1))
    return Graph(Start(Entry("api"), exit_rules=tuple(rules)), tuple(steps), tuple(edges))


@pytest.fixture
def known(seeded: None) -> None:
    crowd(16)


@pytest.fixture
def remembered(known: None) -> None:
    """Some of what is known of them was otherwise before."""
    dice = random.Random(5)
    Contact.objects.update(created_at=NOW - timedelta(days=50))
    for contact in Contact.objects.order_by("pk"):
        for days in dice.sample([0.5, 2, 3.5, 30], dice.choice([0, 1, 3])):
            field = dice.choice(["country", "company", "namespace_information", "namespace_information"])
            old, new = (_value(dice, contact, field) for _ in range(2))
            at = NOW - timedelta(days=days)
            FieldChange.objects.create(contact=contact, field=field, old=old, new=new, cause="sync", cause_id="1", changed_at=at)


def _value(dice: random.Random, contact: Contact, field: str) -> Any:
    if field != "namespace_information":
        return dice.choice(TEXTS)
    numbers = [*contact.memberships.values_list("namespace_id", flat=True), 7]
    chosen = dice.sample(numbers, dice.choice([0, 1, len(numbers)]))
    return [{"NAMESPACE_ID": number, "GITLAB_PLAN_TITLE": dice.choice(PLANS)} for number in chosen]


@examples(15)
@given(graph=graphs())
def test_the_statement_and_the_walk_agree(known: None, graph: Graph) -> None:
    counts = both(Scene(graph, NOW))
    assert all(counts.certain[cell] <= people for cell, people in counts.possible.items())


@examples(8)
@given(graph=graphs(), days=st.sampled_from([1, 3, 40]))
def test_they_agree_about_the_past(remembered: None, graph: Graph, days: int) -> None:
    both(Scene(graph, NOW - timedelta(days=days), past=True))
