"""A definition in words, as a list, as a drawing and as Mermaid; and what differs between two of them."""

from __future__ import annotations

from typing import Any

from journeys.definition.describing import as_list, period, start_words, step_words
from journeys.definition.differing import differences, in_sentence
from journeys.definition.drawing import edges_of, mermaid, nodes_of, picture
from journeys.definition.reading import read_graph
from journeys.diagram import Edge
from tests.definition.graphs import PAID, chain, delay, edge, everything, message, small


def told(before: Any, after: Any) -> list[str]:
    return [f"{one.kind} {one.key}: {one.words}" for one in differences(read_graph(before), read_graph(after))]


def test_the_start_tells_who_enters_how_often_and_what_makes_them_leave() -> None:
    paid = "has a namespace where On a paid plan is yes"
    assert start_words(read_graph(everything()).start) == [
        f"Whoever enters by the event SaaS Trials, and of whom this is true: not ({paid}).",
        "Nobody who is on lists 5, 6.",
        "Each person at most once ever and 2 times at once.",
        f"Leaves at any step (Paid): whoever {paid}.",
        "Leaves at any step (Asked to leave): whoever did Left or Country is Germany.",
    ]


def test_every_kind_of_step_has_its_words() -> None:
    paid = "has a namespace where On a paid plan is yes"
    assert {step.key: step_words(step) for step in read_graph(everything()).steps} == {
        "m": "Push, GitLab Marketing",
        "d": "waits 30 minutes, on to Monday where that is a weekend",
        "u": "waits until 1 day before latest_trial_start_date, on to Monday where that is a weekend",
        "h": f"waits until the event Came comes or this is true: {paid}, at most 2 days",
        "s": f"the first that is true: Germany: Country is Germany; Paid: {paid}",
        "x": "by chance: Long 50 %, Short 50 %",
        "p": "sets onboarding to done, step to 2, left to nothing",
        "l": "removes from list 9",
        "c": "unsubscribes from the channel Marketing Channel",
        "w": "calls https://example.com/",
        "g": "goes on in the journey Another",
        "n": "a note",
        "e": "leaves the journey",
    }
    assert [period(hours) for hours in (1, 36, 48.25, 0.001)] == [
        "1 hour",
        "1 day 12 hours",
        "2 days 15 minutes",
        "less than a minute",
    ]


def test_the_list_follows_the_way_and_names_each_exit() -> None:
    lines = as_list(read_graph(small(steps=[message("lost"), *small()["steps"]])))
    assert [(line.key, line.reached) for line in lines] == [
        *(("welcome", True), ("day", True), ("where", True), ("german", True), ("lost", False)),
    ]
    assert [(way.label, way.name) for way in lines[2].ways] == [("Germany", "German"), ("otherwise", "leaves the journey")]
    assert [(way.to, way.name) for way in lines[3].ways] == [(None, "leaves the journey")]


def test_the_drawing_shows_what_leads_on_to_nothing_as_an_exit() -> None:
    graph = read_graph(small())
    assert [(node.id, node.kind) for node in nodes_of(graph)] == [
        *(("start", "start"), ("welcome", "message"), ("day", "step"), ("where", "split"), ("german", "message")),
        *(("exit:where", "exit"), ("exit:german", "exit")),
    ]
    assert edges_of(graph, {("where", "else"): "12 people"})[-2:] == [
        Edge("where", "exit:where", "otherwise 12 people"),
        Edge("german", "exit:german", ""),
    ]
    assert "leaves the journey" in picture(graph, "Trial", notes={"german": ("3 blocked",)})
    assert "3 blocked" in picture(graph, "Trial", notes={"german": ("3 blocked",)})


def test_mermaid_has_the_same_boxes_and_arrows_with_quotes_escaped() -> None:
    steps = [message("welcome", name='Say "hi" & <go>')]
    assert mermaid(read_graph(small(steps=steps, edges=chain("start", "welcome")))) == (
        "flowchart TD\n"
        '    s0(["Whoever enters by the event SaaS Trials"])\n'
        '    s1["Say #quot;hi#quot; & #lt;go#gt;<br>Email, GitLab Marketing"]\n'
        '    s2(("leaves the journey"))\n'
        "    s0 --> s1\n"
        "    s1 --> s2"
    )


def test_nothing_differs_between_a_version_and_itself_however_it_is_written() -> None:
    assert told(small(), dict(reversed(small().items()))) == told(everything(), everything()) == []
    assert in_sentence([]) == "Nothing differs."


def test_steps_and_ways_that_differ_are_told_by_their_keys() -> None:
    split = small()["steps"][2]
    after = small(
        steps=[message("welcome", name="Hello", campaign_id=7), delay("day", 48), split, message("french")],
        edges=[*chain("start", "welcome", "day", "where"), edge("where", "french", "else")],
    )
    assert told(small(), after) == [
        "added french: Step French: Email, GitLab Marketing.",
        "removed german: Step German: Email, GitLab Marketing.",
        "changed welcome: Name: Welcome → Hello",
        "changed welcome: Step Hello: Email, GitLab Marketing → Email, GitLab Marketing, campaign 7",
        "changed day: Step Day: waits 1 day → waits 2 days",
        "changed where: After Where? (Germany): German → leaves the journey",
        "changed where: After Where? (otherwise): leaves the journey → French",
    ]
    assert in_sentence(differences(read_graph(small()), read_graph(after))) == "1 added, 1 removed, 5 changed."


def test_conditions_limits_and_exits_that_differ_are_told_in_words() -> None:
    rule = {"name": "Paid", "where": PAID}
    start = {"entry": {"kind": "list", "list_id": 5}, "where": PAID, "exit_rules": [rule], "suppress_lists": [9]}
    branches = [{"key": "de", "name": "Paid", "where": PAID}, {"key": "all", "name": "All", "where": {"all": []}}]
    split = {**small()["steps"][2], "branches": branches}
    after = small(start=start, steps=[*small()["steps"][:2], split, small()["steps"][3]])
    paid = "has a namespace where On a paid plan is yes"
    assert told(small(), after) == [
        "changed start: Entry: enters by the event SaaS Trials → enters when added to list 5",
        f"changed start: Who enters: everybody → {paid}",
        "changed start: Limits: Each person at most once ever. → As often as they like, and as many times at once.",
        "changed start: Suppressed lists: none → 9",
        f"added start: Exit rule: Leaves at any step (Paid): whoever {paid}.",
        "added where: Branch All: everybody.",
        "changed where: Branch: Germany → Paid",
        f"changed where: Branch Paid: Country is Germany → {paid}",
    ]
