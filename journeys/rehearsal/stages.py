"""The walk of each historic entry, as SQL: stage by stage, a step adds when they came to it and which way they went.

Of each step `a` is the moment of arrival (none: they never came), `l` by which rule they left as they arrived, `d` the way
they took from there. The moments are each row's own, and everything asked is asked as of then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any as Anything

from django.db import connection

from contacts.conditions.catalogue import OF_PERSON, Place
from contacts.conditions.frames import Fixed, Frame, OfRow, later
from contacts.conditions.sql import NOBODY, compiled
from contacts.conditions.sql_events import AT, performed
from contacts.conditions.sql_past import profile
from contacts.conditions.tree import All, Any, Compare, Condition, Not
from contacts.consent.resolver.conditions import Sql
from journeys.definition.graph import (
    ELSE,
    HAPPENED,
    NEXT,
    START,
    TIMED_OUT,
    Delay,
    DelayUntil,
    Experiment,
    Graph,
    HoldUntil,
    Split,
    Step,
)
from journeys.rehearsal.moments import ceiling, clamped, field_moment, latest, never, no_weekend
from journeys.rehearsal.questions import Share
from journeys.rehearsal.statement import COLUMNS, fence, in_share
from journeys.rehearsal.visits import back_edges, shares

AHEAD = "ahead"
EXITS = "x{}"
HOUR = 3600
Ends = Mapping[tuple[str, str], str]


@dataclass
class Stages:
    """`columns` stand in the latest stage; each stage is a table of its own."""

    tables: list[Sql]
    columns: list[str]
    ends: dict[tuple[str, str], str] = field(default_factory=dict)
    """By step and outcome: the moment at which they go on from there, or nothing."""

    def add(self, told: Mapping[str, Sql], profile_of: str = "", where: Sql = ("TRUE", ())) -> None:
        """Columns; those that ask conditions see the profile as it was at `profile_of`."""
        source = f"w{len(self.tables) - 1}"
        if profile_of:
            undone, _ = profile(OfRow(f"w.{profile_of}"), "w", "today", "entered_by")
            source = f"(SELECT w.*, {undone} AS profile FROM {source} w{fence()})"
        kept = [f"c.{name}" for name in self.columns]
        new = [f"{text} AS {name}" for name, (text, _) in told.items()]
        values: tuple[Anything, ...] = tuple(value for _, inner in told.values() for value in inner)
        self.tables.append((f"SELECT {', '.join([*kept, *new])} FROM {source} c WHERE {where[0]}{fence()}", (*values, *where[1])))
        self.columns += told

    def frame(self, at: str) -> Frame:
        """For what the next stage asks, as of the moment in a column."""
        moment = OfRow(f"c.{at}")
        who = f"SELECT n, id, address_key, email <> '' AS has_address, {at} AS at FROM w{len(self.tables) - 1}"
        return Frame(moment, moment, past=moment, asked=f"({who} WHERE {at} IS NOT NULL)")

    def sql(self) -> Sql:
        once = "" if connection.vendor == "postgresql" else "MATERIALIZED "
        text = ", ".join(f"w{number} AS {once}({text})" for number, (text, _) in enumerate(self.tables))
        return f"WITH {text} SELECT * FROM w{len(self.tables) - 1}", tuple(v for _, inner in self.tables for v in inner)


def staged(graph: Graph, entries: Sql, now: datetime) -> tuple[Stages, dict[str, int]]:
    """With the number of each step that people can come to, in the order in which they can."""
    stages = Stages([entries], ["n", "entered_by", "today", "t0", *COLUMNS])
    stages.add(_exits(graph), "t0", compiled(graph.start.where, stages.frame("t0")))
    stages.ends[START, NEXT] = "c.t0"
    leads_back, numbers = set(back_edges(graph)), {}
    for number, step in enumerate(in_order(graph)):
        numbers[step.key] = number
        edges = [(e.source, e.outcome) for e in graph.edges if e.target == step.key and (e.source, e.outcome) not in leads_back]
        came = [stages.ends[edge] for edge in edges if edge in stages.ends]
        _Walk(graph, stages, number, now).step(step, came)
    stages.add({"ended": (latest([*stages.ends.values(), *(f"c.a{number}" for number in numbers.values())]), ())})
    return stages, numbers


def _exits(graph: Graph) -> dict[str, Sql]:
    """Of each rule that an event fulfils: when it first came after the entry."""
    return {EXITS.format(number): _first_event(rule.event, "c.t0") for number, rule in enumerate(graph.start.exit_rules)}


def in_order(graph: Graph) -> Iterator[Step]:
    """Each step after all that lead to it."""
    leads_back, done = set(back_edges(graph)), {START}
    left = list(graph.steps)
    edges = [edge for edge in graph.edges if (edge.source, edge.outcome) not in leads_back]
    while ready := [s for s in left if all(e.source in done for e in edges if e.target == s.key) and _led_to(s, graph)]:
        yield from ready
        done |= {step.key for step in ready}
        left = [step for step in left if step not in ready]


def _led_to(step: Step, graph: Graph) -> bool:
    return any(edge.target == step.key for edge in graph.edges)


@dataclass
class _Walk:
    graph: Graph
    stages: Stages
    number: int
    now: datetime

    @property
    def arrival(self) -> str:
        return f"c.a{self.number}"

    def step(self, step: Step, came: list[str]) -> None:
        arrival = f"COALESCE({', '.join([*came, never()])})" if came else never()
        self.stages.add({f"a{self.number}": (arrival, ())})
        if waited(self.graph, step):
            rules = [rule.where for rule in self.graph.start.exit_rules if rule.where is not None]
            self.stages.add({f"l{self.number}": self.leaving()}, profile_of=f"a{self.number}" if asks_profile(*rules) else "")
        else:
            self.stages.add({f"l{self.number}": ("CAST(NULL AS TEXT)", ())})
        self.stages.add({f"k{self.number}": (f"CASE WHEN c.l{self.number} IS NULL THEN {self.arrival} END", ())})
        self.go_on(step, f"c.k{self.number}")

    def asked(self, condition: Condition, at: str) -> Sql:
        return compiled(condition, self.stages.frame(at))

    def leaving(self) -> Sql:
        """The rule's number; what lies ahead of now is walked no further."""
        now, values = Fixed(self.now).moment()
        cases, at = [(f"{self.arrival} > {now}", values, f"'{AHEAD}'")], f"a{self.number}"
        for number, rule in enumerate(self.graph.start.exit_rules):
            if rule.where is not None:
                text, inner = self.asked(rule.where, at)
                cases.append((text, inner, f"'{number}'"))
            if rule.event:
                cases.append((f"c.{EXITS.format(number)} <= {self.arrival}", (), f"'{number}'"))
        whens = " ".join(f"WHEN {test} THEN {name}" for test, _, name in cases)
        return f"CASE WHEN {self.arrival} IS NULL THEN NULL {whens} END", tuple(v for _, inner, _ in cases for v in inner)

    def go_on(self, step: Step, at: str) -> None:
        ends, stages = self.stages.ends, self.stages
        match step:
            case Delay():
                ends[step.key, NEXT] = _after(at, step.hours, step.skip_weekends)
            case DelayUntil():
                told = field_moment(step.field, step.offset_hours)
                until = clamped(at, no_weekend(told) if step.skip_weekends else told)
                stages.add({f"u{self.number}": (until, ())}, profile_of=f"k{self.number}")
                ends[step.key, NEXT] = f"c.u{self.number}"
            case HoldUntil():
                self.hold(step, at)
            case Split():
                tests = [(branch.key, *self.asked(branch.where, f"k{self.number}")) for branch in step.branches]
                self.choose(step, tests, ELSE, at)
            case Experiment():
                found = list(shares(step))
                tests = [(name, *in_share(share)) for share, name in found if isinstance(share, Share)]
                self.choose(step, tests, next(name for share, name in found if not isinstance(share, Share)), at)
            case _:
                ends[step.key, NEXT] = at

    def choose(self, step: Step, tests: list[tuple[str, str, tuple[Anything, ...]]], otherwise: str, at: str) -> None:
        whens = " ".join(f"WHEN {text} THEN %s" for _, text, _ in tests)
        values = tuple(value for name, _, inner in tests for value in (*inner, name))
        way = f"CASE WHEN {at} IS NULL THEN NULL {whens} ELSE %s END"
        asked = isinstance(step, Split) and asks_profile(*(branch.where for branch in step.branches))
        self.stages.add({f"d{self.number}": (way, (*values, otherwise))}, profile_of=f"k{self.number}" if asked else "")
        for name in (*(name for name, _, _ in tests), otherwise):
            self.stages.ends[step.key, name] = f"CASE WHEN c.d{self.number} = '{_plain(name)}' THEN {at} END"

    def hold(self, step: HoldUntil, at: str) -> None:
        """A condition is looked at as they come and when the time is over; an event counts the moment it comes."""
        n, stages = self.number, self.stages
        stages.add({f"o{n}": (_after(at, step.timeout_hours), ())})
        first = NOBODY if step.where is None else self.asked(step.where, f"k{n}")
        event, values = _first_event(step.event, at, f"c.o{n}")
        come = f"CASE WHEN {at} IS NULL THEN NULL WHEN {first[0]} THEN {at} ELSE {event} END"
        stages.add({f"h{n}": (come, (*first[1], *values))}, profile_of=f"k{n}")
        last = NOBODY if step.where is None else self.asked(step.where, f"o{n}")
        late = f"CASE WHEN c.h{n} IS NULL AND {at} IS NOT NULL AND {last[0]} THEN c.o{n} ELSE c.h{n} END"
        stages.add({f"g{n}": (late, last[1])}, profile_of=f"o{n}")
        way = f"CASE WHEN {at} IS NULL THEN NULL WHEN c.g{n} IS NULL THEN '{TIMED_OUT}' ELSE '{HAPPENED}' END"
        stages.add({f"d{n}": (way, ())})
        stages.ends[step.key, HAPPENED] = f"c.g{n}"
        stages.ends[step.key, TIMED_OUT] = f"CASE WHEN c.d{n} = '{TIMED_OUT}' THEN c.o{n} END"


def waited(graph: Graph, step: Step) -> bool:
    """Whether time may have passed since the step before, where all that could make them leave was asked at the same moment."""
    before = [graph.step(edge.source) for edge in graph.edges if edge.target == step.key]
    return any(one is None or isinstance(one, Delay | DelayUntil | HoldUntil) for one in before)


def asks_profile(*conditions: Condition) -> bool:
    """Undoing the history of a profile costs more than all that is asked of it."""
    return any(_asks_profile(condition) for condition in conditions)


def _asks_profile(condition: Condition) -> bool:
    match condition:
        case All(of) | Any(of):
            return asks_profile(*of)
        case Not(part):
            return _asks_profile(part)
        case Compare(name):
            return OF_PERSON[name].place == Place.PROFILE
    return False


def _first_event(event: str, after: str, until: str = "") -> Sql:
    """When it first came; no `event` never comes."""
    if not event:
        return never(), ()
    named, values = performed(event)
    in_time = f" AND {AT} <= {until}" if until else ""
    return (
        f"""(SELECT MIN({ceiling(AT)}) FROM inbox_event e
        WHERE e.email = c.email AND {named} AND {AT} > {after}{in_time})""",
        values,
    )


def _after(at: str, hours: float, skip_weekends: bool = False) -> str:
    end = later(at, round(hours * HOUR))
    return no_weekend(end) if skip_weekends else end


def _plain(name: str) -> str:
    """A key of a graph, inside quotes and beside placeholders."""
    return name.replace("'", "''").replace("%", "%%")
