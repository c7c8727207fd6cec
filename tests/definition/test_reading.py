"""A definition is read as it is written; what cannot be meant is told with its place and the mend."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contacts.conditions.tree import Compare
from journeys.definition.graph import Graph, Message, Split, outcomes
from journeys.definition.reading import Unreadable, as_json, hash_of, read_graph
from journeys.definition.schema import schema
from tests.definition.graphs import Json, chain, delay, edge, everything, message, small

SPLIT_WITHOUT = {"kind": "split", "key": "s", "name": "S", "branches": []}
TWO = {"kind": "experiment", "key": "x", "name": "X", "variants": [{"key": "a", "name": "A", "percent": 50}] * 2}
HOLD = {"kind": "hold_until", "key": "h", "name": "H", "timeout_hours": 1}
BRANCH = {"key": "b", "name": "B", "where": {"all": [{"field": "contry", "op": "is", "value": "x"}]}}
NAMED_ELSE = {"key": "else", "name": "B", "where": {"all": []}}


def starting(**start: Any) -> Json:
    return small(start={"entry": {"kind": "api"}, **start})


def of_steps(*steps: Json) -> Json:
    return small(steps=list(steps), edges=[])


WRONG: dict[str, tuple[Any, str]] = {
    "no object": ([], "the journey: must be an object with start, steps, edges."),
    "no start": ({"steps": []}, "the journey: needs start."),
    "a part too many": (small(nodes=[]), "the journey: has nodes, which means nothing here: remove it."),
    "an entry of no kind": (small(start={"entry": {"kind": "wish"}}), "start.entry.kind: must be one of event, schedule, api,"),
    "an event without name": (
        small(start={"entry": {"kind": "event"}}),
        "start.entry.event: is needed by an entry of kind event.",
    ),
    "a list for a call": (
        small(start={"entry": {"kind": "api", "list_id": 5}}),
        "start.entry.list_id: means nothing for an entry of kind api: remove it.",
    ),
    "an exit for nothing": (starting(exit_rules=[{"name": "Never"}]), "start.exit_rules[0]: needs what makes people leave"),
    "no limit of none": (starting(lifetime_limit=0), "start.lifetime_limit: must be a whole number from 1."),
    "a typo in a condition": (
        starting(where={"any": [BRANCH["where"]]}),
        "start.where.any[0].all[0].field: 'contry' is no field: did you mean country?",
    ),
    "a step of no kind": (of_steps({"kind": "wish", "key": "w"}), "steps[0].kind: must be one of message, delay,"),
    "a step without name": (
        of_steps({"kind": "exit", "key": "e"}, {"kind": "delay", "key": "d"}),
        "steps[1]: needs name, hours.",
    ),
    "a key with a blank": (of_steps(message("a b")), "steps[0].key: must be a key of letters, digits, - and _"),
    "no time": (of_steps(delay("d", 0)), "steps[0].hours: must be a number of hours, more than 0."),
    "no number": (of_steps(delay("d", float("nan"))), "steps[0].hours: must be a number of hours, from 0 to 87840."),
    "a name as a moment": (
        of_steps({"kind": "delay_until", "key": "u", "name": "U", "field": "company"}),
        "steps[0].field: must be a field with a moment: one of account_created_at,",
    ),
    "a wait for nothing": (of_steps(HOLD), "steps[0]: needs what it waits for: event, where, or both."),
    "no branch": (of_steps(SPLIT_WITHOUT), "steps[0].branches: must be a list of 1 to 20."),
    "a typo in a branch": (
        of_steps(SPLIT_WITHOUT | {"branches": [BRANCH]}),
        "steps[0].branches[0].where.all[0].field: 'contry' is no field",
    ),
    "a branch named else": (of_steps(SPLIT_WITHOUT | {"branches": [NAMED_ELSE]}), "steps[0]: has two outcomes else"),
    "a variant twice": (of_steps(TWO), "steps[0]: has two outcomes a: give each its own key."),
    "a step twice": (of_steps(message("m"), delay("m")), "steps: has two steps with the key m: give each its own."),
    "a step called start": (of_steps(message("start")), "steps[0].key: must not be start"),
    "from nowhere": (small(edges=[edge("lost", "day")]), "edges[0].from: names lost, which is no step"),
    "to nowhere": (small(edges=[edge("start", "lost")]), "edges[0].to: names lost, to which nobody can go"),
    "back to the start": (small(edges=[edge("day", "start")]), "edges[0].to: names start, to which nobody can go"),
    "another outcome": (
        small(edges=[edge("where", "german")]),
        "edges[0].outcome: names next, which where does not have: its outcomes are de, else.",
    ),
    "two ways": (small(edges=[edge("day", "german"), edge("day", "welcome")]), "edges: has two edges from day by next"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant_is_named_with_its_place_and_the_mend(name: str) -> None:
    told, words = WRONG[name]
    with pytest.raises(Unreadable) as refused:
        read_graph(told)
    assert str(refused.value).startswith(words)


def test_every_kind_of_step_comes_back_as_it_was_written() -> None:
    graph = read_graph(everything())
    assert as_json(graph) == everything()
    assert read_graph(as_json(graph)) == graph
    assert len(graph.steps) == len({type(step) for step in graph.steps}) == 13


def test_what_has_its_default_is_left_out_when_written() -> None:
    graph = read_graph({"start": {"entry": {"kind": "api"}, "where": {"all": []}, "suppress_lists": []}})
    assert graph == read_graph({"start": {"entry": {"kind": "api"}}})
    assert as_json(graph) == {"start": {"entry": {"kind": "api"}}}


def test_values_mean_what_they_say() -> None:
    graph = read_graph(small())
    split = graph.after("day")
    assert graph.after("start") == Message("welcome", "Welcome", "GitLab Marketing")
    assert isinstance(split, Split)
    assert split.branches[0].where == Compare("country", "is", "Germany")
    assert outcomes(split) == ("de", "else")
    assert graph.after("where", "else") is None


def test_the_hash_goes_by_what_is_meant_and_not_by_how_it_is_written() -> None:
    turned = dict(reversed(small().items()))
    assert hash_of(read_graph(turned)) == hash_of(read_graph(small()))
    longer = small(edges=[*small()["edges"], *chain("german", "day")])
    assert hash_of(read_graph(longer)) != hash_of(read_graph(small()))


def test_the_schema_takes_what_the_reading_takes() -> None:
    Draft202012Validator.check_schema(schema())
    for told in (small(), everything(), as_json(Graph(read_graph(small()).start))):
        assert list(Draft202012Validator(schema()).iter_errors(told)) == []


# Whether keys are told twice and edges lead somewhere, no schema can say.
BEYOND = {
    *("an event without name", "a list for a call", "an exit for nothing", "a wait for nothing", "no number"),
    *("a branch named else", "a variant twice", "a step twice", "a step called start"),
    *("from nowhere", "to nowhere", "back to the start", "another outcome", "two ways"),
}


@pytest.mark.parametrize("name", sorted(set(WRONG) - BEYOND))
def test_the_schema_refuses_what_the_reading_refuses(name: str) -> None:
    assert list(Draft202012Validator(schema()).iter_errors(WRONG[name][0]))
