"""One change of a graph at a time: nobody who came on leaves by it, unless it is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iterable_admin.errors import Permanent
from journeys.definition.editing import add, change, connect, key_for, keys_of, move, places, remove
from journeys.definition.graph import Branch, Delay, Edge, Entry, Exit, Graph, HoldUntil, Message, Note, Split, Start
from journeys.definition.reading import as_json, read_graph
from tests.definition.graphs import chain, edge, everything, message, small

EMPTY = Graph(Start(Entry("event", event="SaaS Trials")))
GRAPH = read_graph(small())
WELCOME = Message("welcome", "Welcome", "GitLab Marketing")


def ways(graph: Graph) -> set[tuple[str, str, str]]:
    read_graph(as_json(graph))
    return {(one.source, one.outcome, one.target) for one in graph.edges}


def test_a_journey_is_told_from_nothing_step_by_step() -> None:
    graph = add(EMPTY, WELCOME)
    graph = add(graph, Delay("day", "A day", 24), "welcome")
    graph = add(graph, Message("more", "More", "GitLab Marketing"), "day")
    assert [step.key for step in graph.steps] == ["welcome", "day", "more"]
    assert ways(graph) == {("start", "next", "welcome"), ("welcome", "next", "day"), ("day", "next", "more")}


def test_what_followed_follows_the_new_step_by_each_of_its_ways() -> None:
    hold = add(GRAPH, HoldUntil("hold", "Hold", 24, event="Came"), "welcome")
    assert {("welcome", "next", "hold"), ("hold", "happened", "day"), ("hold", "timeout", "day")} <= ways(hold)
    ended = add(GRAPH, Exit("out"), "welcome")
    assert ways(ended) == ways(GRAPH) - {("welcome", "next", "day")} | {("welcome", "next", "out")}
    noted = add(GRAPH, Note("mind", "Mind the gap."), "welcome")
    assert ways(noted) == ways(GRAPH)


def test_keys_are_made_of_the_name_once_and_never_twice() -> None:
    assert key_for("Welcome, dear!", set()) == "welcome-dear"
    assert key_for("Welcome", keys_of(GRAPH)) == "welcome-2"
    assert (key_for("Start", set()), key_for("Else", set()), key_for("!", {"step"})) == ("start-2", "else-2", "step-2")
    assert len(key_for("x" * 200, set())) == 56
    renamed = change(GRAPH, Message("welcome", "Good morning", "GitLab Marketing"))
    assert (renamed.step("welcome").name, ways(renamed)) == ("Good morning", ways(GRAPH))  # type: ignore[union-attr] # it is there


def test_a_new_branch_leads_to_where_the_split_led_otherwise_and_an_old_one_ends() -> None:
    split = GRAPH.step("where")
    assert isinstance(split, Split)
    joined = connect(GRAPH, "where", "else", "welcome")
    both = change(joined, Split("where", "Where?", (*split.branches, Branch("fr", "France", split.branches[0].where))))
    assert ways(both) == {*ways(joined), ("where", "fr", "welcome")}
    other = change(joined, Split("where", "Where?", (Branch("fr", "France", split.branches[0].where),)))
    assert ways(other) == ways(joined) - {("where", "de", "german")} | {("where", "fr", "welcome")}


def test_a_step_with_one_way_on_is_taken_out_and_those_around_it_are_joined() -> None:
    removed = remove(GRAPH, "day")
    assert (ways(removed.graph), removed.exits) == (
        {("start", "next", "welcome"), ("welcome", "next", "where"), ("where", "de", "german")},
        (),
    )
    last = remove(GRAPH, "german")
    assert ("where", "de", "german") not in ways(last.graph)
    assert last.exits == ("Where? (Germany)",)


def test_where_a_step_leads_on_by_several_ways_what_led_to_it_becomes_an_exit_and_is_told() -> None:
    removed = remove(GRAPH, "where")
    assert ways(removed.graph) == {("start", "next", "welcome"), ("welcome", "next", "day")}
    assert removed.exits == ("Day",)
    assert remove(read_graph(everything()), "s").exits == ("Hold (as soon as it happens)",)
    circle = connect(GRAPH, "where", "else", "day")
    assert remove(circle, "where").exits == ("Day",)


def test_taking_a_step_out_of_a_circle_leaves_no_step_that_follows_itself() -> None:
    circle = read_graph(small(steps=[message("a"), message("b")], edges=[*chain("start", "a", "b"), edge("b", "a")]))
    removed = remove(circle, "b")
    assert (ways(removed.graph), removed.exits) == ({("start", "next", "a")}, ("A",))


def test_a_step_is_moved_to_follow_another_by_one_of_its_ways() -> None:
    moved = move(GRAPH, "day", "where", "de")
    assert ways(moved) == {
        *(("start", "next", "welcome"), ("welcome", "next", "where")),
        *(("where", "de", "day"), ("day", "next", "german")),
    }
    assert [step.key for step in moved.steps] == ["welcome", "where", "day", "german"]
    assert move(GRAPH, "day", "welcome") == GRAPH
    assert ("start", "next", "day") in ways(move(GRAPH, "day", "start"))


def test_ways_are_joined_by_hand_and_let_go() -> None:
    assert connect(GRAPH, "german", "next", "day").edges[-1] == Edge("german", "next", "day")
    assert ("welcome", "next", "day") not in ways(connect(GRAPH, "welcome", "next", None))


def test_what_cannot_be_is_refused_with_the_mend() -> None:
    noted = add(GRAPH, Note("mind", "Mind the gap."))
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: move(GRAPH, "where", "start"), "Where? leads on by several ways, so it cannot be taken out of its place"),
        (lambda: move(GRAPH, "day", "day"), "Day cannot follow itself."),
        (lambda: connect(GRAPH, "day", "next", "day"), "Day cannot follow itself."),
        (lambda: connect(noted, "day", "next", "mind"), "A note stands beside the steps"),
        (lambda: connect(GRAPH, "day", "de", None), "Day has no way de"),
        (lambda: add(GRAPH, Exit("out"), "gone"), "There is no step gone any more"),
    ]
    for act, words in refused:
        with pytest.raises(Permanent, match=words.replace("?", r"\?")):
            act()


def test_every_way_is_a_place_for_a_step() -> None:
    told = [(place.source, place.outcome, place.words) for place in places(read_graph(everything()))]
    assert told[0] == ("start", "next", "the start")
    assert ("h", "timeout", "Hold: not in time") in told
    assert ("s", "else", "Split: otherwise") in told
    assert len(told) == 15
