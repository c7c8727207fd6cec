"""One person's way through a journey: whether they enter, where they go, and which message they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.conditions.reading import read
from contacts.consent.models import List, ListMembership
from contacts.models import Contact, FieldChange
from iterable_admin.addresses import address_key
from journeys.definition.graph import (
    EVERYBODY,
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
    Variant,
)
from journeys.rehearsal.visits import variant_of
from journeys.why.checklist import Way
from journeys.why.person import person_of
from journeys.why.way import walk
from tests.consent.resolver.conftest import GITLAB, catalogue, see
from tests.factories import ContactFactory, EventFactory, MembershipFactory, SubscriptionChangeFactory

__all__ = ["catalogue"]
pytestmark = pytest.mark.usefixtures("catalogue")
ADA = "ada@example.com"
NOW = timezone.now()
GERMANY = read({"field": "country", "op": "is", "value": "Germany"})
LARGE = read({"namespaces": "some", "where": {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}})
START = Start(
    Entry("event", event="SaaS Trials"),
    where=LARGE,
    lifetime_limit=1,
    exit_rules=(ExitRule("paid", event="Subscription Purchase"),),
)
STEPS = (
    Message("welcome", "Welcome", "Marketing Message"),
    Delay("week", "A week", 24 * 7),
    Split("country", "Where", (Branch("german", "In Germany", GERMANY),)),
    Message("german", "Willkommen", "GitLab Marketing"),
    Message("others", "Hello", "Transactional"),
)
EDGES = (
    Edge("start", "next", "welcome"),
    Edge("welcome", "next", "week"),
    Edge("week", "next", "country"),
    Edge("country", "german", "german"),
    Edge("country", "else", "others"),
)
GRAPH = Graph(START, STEPS, EDGES)


def ada(*days_ago: float, members: int = 12, country: str = "France") -> Contact:
    contact: Contact = ContactFactory.create(email=ADA, profile={"country": country})
    Contact.objects.update(created_at=NOW - timedelta(days=365))
    MembershipFactory.create(contact=contact, information={"NAMESPACE_ID": 7, "CURRENT_MEMBER_COUNT": members})
    for days in days_ago:
        EventFactory.create(email=ADA, received_at=NOW - timedelta(days=days))
    return contact


def way(graph: Graph = GRAPH, at: Any = None) -> Way:
    return walk(person_of(ADA, at), "Trials", graph)


def test_each_step_is_told_in_its_order_with_the_branch_that_led_there_and_its_verdict() -> None:
    ada(30)
    see(address_key(ADA))
    found = way()
    assert (found.entry.outcome, found.entry.blocker) == ("enters", None)
    assert [(stop.key, stop.reached_by, stop.certain, stop.happens) for stop in found.stops] == [
        ("welcome", "the start", True, "is sent by Iterable, though we should not"),
        ("week", "Welcome", True, "waits 7 days"),
        ("country", "A week", True, "takes none of the branches"),
        ("others", "Where: none of the branches", True, "is sent"),
        ("", "Hello", True, "leaves the journey"),
    ]
    assert found.stops[0].message is not None
    assert found.stops[0].message.blocker is not None
    assert found.stops[0].message.blocker.code == "NO_EVIDENCE"


def test_a_branch_after_a_wait_that_is_not_over_is_never_told_as_certain() -> None:
    ada(1, country="Germany")
    see(address_key(ADA), subscribed_message_type_ids=[GITLAB])
    SubscriptionChangeFactory.create(
        address_key=address_key(ADA), verdict="granted", target="message_type", target_key=str(GITLAB)
    )
    split, german = way().stops[2:4]
    assert split.happens == "takes In Germany (is decided later; by what is known today)"
    assert (german.key, german.certain, german.happens) == ("german", False, "is sent")


def test_who_never_entered_is_told_what_lacked_and_the_fewest_changes() -> None:
    ada(members=3)
    found = way().entry
    assert found.outcome == "stays_out"
    assert found.sentence == "This person does not enter Trials. Entry: never did SaaS Trials."
    (flip,) = found.flips
    assert [(one.where, one.words) for one in flip.needed] == [
        ("event", "did SaaS Trials"),
        ("namespace", "of namespace 7: Members is at least 10 (it is: 3)"),
    ]


def test_somebody_nobody_heard_of_does_not_enter() -> None:
    found = way().entry
    assert (found.outcome, found.blocker and found.blocker.code) == ("stays_out", "KNOWN")
    assert found.sentence.startswith("This person does not enter Trials. Contact: Nothing was ever heard of this address")


def test_limits_lists_and_exit_rules_are_tested_too() -> None:
    ada(30, 20)
    ListMembership.objects.create(
        list=List.objects.create(iterable_id=5, name="Partners"), address_key=address_key(ADA), seen_at=NOW
    )
    EventFactory.create(email=ADA, name="Subscription Purchase", received_at=NOW - timedelta(days=1))
    found = way(replace(GRAPH, start=replace(START, suppress_lists=(5,), simultaneous_limit=1)))
    told = {test.name: (test.passed, test.got) for test in found.entry.tests if not test.depth}
    assert told["Suppressed by the start: Partners"] == (False, "on it")
    assert told["Lifetime limit"] == (False, "did SaaS Trials 2 times")
    assert told["Simultaneous limit"][0] is None
    (left,) = found.exits
    assert (left.passed, left.evidence and left.evidence.kind) == (False, "event")
    needed = [one.words for one in found.entry.flips[0].needed]
    assert needed == ["Suppressed by the start: Partners: taken off it", "a higher lifetime limit"]


def test_at_a_past_moment_namespaces_are_as_they_were() -> None:
    contact = ada(30, members=12)
    old = [{"NAMESPACE_ID": 7, "CURRENT_MEMBER_COUNT": 3}]
    FieldChange.objects.create(
        contact=contact,
        field="namespace_information",
        old=old,
        new=[{"NAMESPACE_ID": 7, "CURRENT_MEMBER_COUNT": 12}],
        cause="sync",
        cause_id="1",
        changed_at=NOW - timedelta(days=10),
    )
    then = way(at=NOW - timedelta(days=20)).entry
    assert (then.outcome, way().entry.outcome) == ("stays_out", "enters")
    assert then.sentence.startswith("This person did not enter Trials. Entry condition: has a namespace")
    assert way(at=NOW - timedelta(days=40)).entry.blocker == way(at=NOW - timedelta(days=40)).entry.tests[0]


def test_each_step_says_when_they_came_there_and_where_they_are_now() -> None:
    contact = ada(3)
    graph = replace(GRAPH, start=replace(START, where=EVERYBODY), steps=(STEPS[0], Delay("week", "A week", 24 * 7), STEPS[4]))
    graph = replace(graph, edges=(EDGES[0], EDGES[1], Edge("week", "next", "others")))
    came = NOW - timedelta(days=3)
    told = [(stop.key, stop.comes_at, stop.place) for stop in way(graph).stops if stop.key]
    assert told == [("welcome", came, "behind"), ("week", came, "here"), ("others", came + timedelta(days=7), "ahead")]
    EventFactory.create(email=contact.email, name="Subscription Purchase", received_at=NOW - timedelta(days=1))
    left = way(graph)
    assert (left.left_by, {stop.place for stop in left.stops}) == (left.exits[0], {""})


def test_who_never_entered_is_nowhere_on_the_way() -> None:
    ada()
    assert {(stop.comes_at, stop.place) for stop in way().stops} == {(None, "")}


def test_whoever_will_have_left_the_syncs_window_gets_nothing_as_in_a_rehearsal() -> None:
    ada(1)
    see(address_key(ADA))
    edges = (Edge("start", "next", "long"), Edge("long", "next", "others"))
    graph = Graph(replace(START, where=EVERYBODY), (Delay("long", "Long", 24 * 70), STEPS[4]), edges)
    Contact.objects.update(account_created_at=NOW - timedelta(days=10))
    stop = way(graph).stops[1]
    assert (stop.happens, stop.message and stop.message.outcome) == ("is skipped, and they go on", "blocked")
    assert stop.message is not None
    assert stop.message.sentence == "Transactional is kept from this person. Will have left the sync's window by then."
    assert stop.message.blocker is not None
    assert stop.message.blocker.code == "AGED_OUT"


def test_an_exit_rule_and_its_parts_say_the_same() -> None:
    ada(1)
    rule = ExitRule("large", where=LARGE)
    out = way(replace(GRAPH, start=replace(START, exit_rules=(rule,)))).exits
    assert [(test.wanted, test.got, test.passed) for test in out] == [
        ("not: has a namespace where Members is at least 10", "so: they leave", False),
        ("not: has a namespace", "1 of 1 fits; closest is namespace 7, of which 1 of 1 parts hold", False),
        ("not: Members is at least 10", "12", False),
    ]


def test_a_wait_until_a_moment_that_is_over_says_which_moment_that_was() -> None:
    contact = ada(1)
    Contact.objects.filter(pk=contact.pk).update(profile={"latest_trial_start_date": "2023-06-11"})
    wait = DelayUntil("until", "Until", "latest_trial_start_date", 24)
    (stop, _) = way(Graph(replace(START, where=EVERYBODY), (wait,), (Edge("start", "next", "until"),))).stops
    assert stop.happens == "does not wait, since 1 day after latest_trial_start_date was 2023-06-12 00:00 UTC"


def test_a_wait_for_what_may_still_come_is_followed_both_ways() -> None:
    hold = HoldUntil("hold", "Their first project", 48, event="Project Created")
    edges = (Edge("start", "next", "hold"), Edge("hold", "timeout", "others"))
    graph = Graph(replace(START, where=LARGE), (hold, STEPS[4]), edges)
    ada(1)
    stops = way(graph).stops
    assert [(stop.reached_by, stop.certain, stop.key) for stop in stops[1:3]] == [
        ("Their first project: if it happens", False, ""),
        ("Their first project: if it does not", False, "others"),
    ]
    EventFactory.create(email=ADA, name="Project Created", received_at=NOW - timedelta(hours=3))
    assert [(stop.reached_by, stop.certain) for stop in way(graph).stops[1:]] == [("Their first project: happened", True)]


def test_an_experiment_always_sends_one_person_the_same_way_and_keeps_the_shares() -> None:
    step = Experiment("ab", "Subject", (Variant("a", "A", 80), Variant("b", "B", 20)))
    drawn = [variant_of(f"person {number}", step) for number in range(2_000)]
    assert drawn == [variant_of(f"person {number}", step) for number in range(2_000)]
    assert drawn.count("a") == 1_595
