"""Whether a person enters a journey: each test in the order in which Iterable asks, and what would change the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contacts.conditions.facts import Happened
from contacts.conditions.past import WITHOUT_HISTORY
from contacts.conditions.tracing import Trace
from contacts.conditions.tree import Not
from contacts.conditions.wording import in_words
from contacts.consent.models import List
from contacts.models import FieldChange
from journeys.definition.graph import EVERYBODY, Entry, ExitRule, Graph
from journeys.why.checklist import Evidence, Explained, Flipped, Needed, Outcome, Test, first_blocker
from journeys.why.of_condition import CONDITION, first_failing, lines_of, traced
from journeys.why.person import NOT_YET, UNKNOWN, Person, when
from journeys.why.toggling import fewest

ITERABLE_ALONE = "only Iterable knows: no record of it comes here"
ENTRY, LISTED, LIFETIME, SIMULTANEOUS, KNOWN = "ENTRY", "SUPPRESSED", "LIFETIME_LIMIT", "SIMULTANEOUS_LIMIT", "KNOWN"


def explain_entry(person: Person, name: str, graph: Graph) -> Explained:
    found = traced(person, graph.start.where)
    tests = tuple(_tests(person, graph, found))
    outcome, sentence = _outcome(person, name, tests, found)
    return Explained(name, outcome, sentence, tests, _flips(person, graph, found, tests))


def _tests(person: Person, graph: Graph, found: Trace) -> list[Test]:
    start = graph.start
    tests = [] if person.facts.columns else [Test("Contact", "known here", _unknown(person), False, KNOWN)]
    tests += [_entry(person, start.entry), *_lists(person, start.suppress_lists)]
    tests += lines_of(person, "Entry condition", found) if start.where != EVERYBODY else []
    if start.lifetime_limit is not None:
        tests.append(_lifetime(person, start.entry, start.lifetime_limit))
    if start.simultaneous_limit is not None:
        tests.append(_simultaneous(person, start.entry, start.simultaneous_limit))
    return tests


def _unknown(person: Person) -> str:
    if not person.known:
        return UNKNOWN
    return NOT_YET if person.at and person.contact else "no contact here"


def triggers(person: Person, entry: Entry) -> list[Happened]:
    """The events that would have started the journey, oldest first."""
    return [one for one in person.facts.events if entry.kind == "event" and one.name == entry.event and one.at <= person.now]


def _entry(person: Person, entry: Entry) -> Test:
    match entry.kind:
        case "event":
            return _by_event(person, entry)
        case "list" if entry.list_id is not None:
            on_it = entry.list_id in person.facts.list_ids
            return Test("Entry", f"on list {entry.list_id}", "on it" if on_it else "not on it", on_it, ENTRY)
        case "profile_update" if entry.field:
            return _by_field(person, entry.field)
    wanted = {"schedule": f"by schedule {entry.schedule}".rstrip(), "journey": f"comes from {entry.journey}"}
    return Test("Entry", wanted.get(entry.kind, "asked for by the API"), ITERABLE_ALONE, None, ENTRY)


def _by_event(person: Person, entry: Entry) -> Test:
    told = triggers(person, entry)
    if not told:
        return Test("Entry", f"did {entry.event}", f"never did {entry.event}", False, ENTRY)
    last = told[-1]
    got = f"did {entry.event} {_times(len(told))}, last on {when(last.at)}"
    return Test("Entry", f"did {entry.event}", got, True, ENTRY, Evidence("event", last.uuid, last.at))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _by_field(person: Person, field: str) -> Test:
    wanted = f"{field} changed"
    if field in WITHOUT_HISTORY:
        return Test("Entry", wanted, "no history of this field is kept", None, ENTRY)
    rows = FieldChange.objects.filter(contact=person.contact, field=field, changed_at__lte=person.now)
    last = rows.order_by("-id").first() if person.contact else None
    if last is None:
        return Test("Entry", wanted, "never changed since it is known", False, ENTRY)
    evidence = Evidence("field", str(last.pk), last.changed_at)
    return Test("Entry", wanted, f"changed last on {when(last.changed_at)}", True, ENTRY, evidence)


def _lists(person: Person, numbers: tuple[int, ...]) -> list[Test]:
    names = dict(List.objects.filter(iterable_id__in=numbers).values_list("iterable_id", "name")) if numbers else {}
    tests = []
    for number in numbers:
        on_it = number in person.facts.list_ids
        name = f"Suppressed by the start: {names.get(number, f'list {number}')}"
        tests.append(Test(name, "not on it", "on it" if on_it else "not on it", not on_it, LISTED))
    return tests


def _lifetime(person: Person, entry: Entry, limit: int) -> Test:
    """The latest trigger is the entry that is asked about, those before it have used up the limit."""
    wanted = f"at most {limit} {'entry' if limit == 1 else 'entries'} ever"
    if entry.kind != "event":
        return Test("Lifetime limit", wanted, ITERABLE_ALONE, None, LIFETIME)
    times = len(triggers(person, entry))
    got = f"did {entry.event} {_times(times)}" if times else f"never did {entry.event}"
    return Test("Lifetime limit", wanted, got, times <= limit, LIFETIME)


def _simultaneous(person: Person, entry: Entry, limit: int) -> Test:
    wanted = f"at most {limit} at a time"
    if entry.kind == "event" and len(triggers(person, entry)) <= limit:
        return Test("Simultaneous limit", wanted, "no other entry that could be under way", True, SIMULTANEOUS)
    return Test("Simultaneous limit", wanted, ITERABLE_ALONE, None, SIMULTANEOUS)


def exits(person: Person, rules: tuple[ExitRule, ...], entered_at: datetime) -> tuple[Test, ...]:
    """Failed is who left by the rule, or would at the end of their step."""
    tests: list[Test] = []
    for rule in rules:
        name = f"Exit rule: {rule.name}"
        if rule.event:
            tests.append(_exit_by_event(person, name, rule.event, entered_at))
        if rule.where is not None:
            found = traced(person, Not(rule.where))
            whole, *parts = lines_of(person, name, found)
            got = "not so" if found.holds else "so: they leave"
            tests += [replace(whole, wanted=f"not: {in_words(rule.where)}", got=got), *parts]
    return tuple(tests)


def _exit_by_event(person: Person, name: str, event: str, entered_at: datetime) -> Test:
    done = [one for one in person.facts.events if one.name == event and entered_at <= one.at <= person.now]
    if not done:
        return Test(name, f"no {event} since the entry", f"no {event} since then", True, "EXIT")
    got = f"did {event} on {when(done[0].at)}"
    return Test(name, f"no {event} since the entry", got, False, "EXIT", Evidence("event", done[0].uuid, done[0].at))


def _outcome(person: Person, name: str, tests: tuple[Test, ...], found: Trace) -> tuple[Outcome, str]:
    blocker = first_blocker(tests)
    if blocker:
        verb = "did not enter" if person.at else "does not enter"
        got = first_failing(person, found) if blocker.code == CONDITION else blocker.got
        return "stays_out", f"This person {verb} {name}. {blocker.name}: {got.rstrip('.')}."
    unsure = next((test for test in tests if test.passed is None), None)
    if unsure:
        return "unknown", f"Nothing here keeps this person out of {name}; of “{unsure.name}” {ITERABLE_ALONE}."
    return "enters", f"This person {'could enter' if person.at else 'enters'} {name}: nothing keeps them out."


def _flips(person: Person, graph: Graph, found: Trace, tests: tuple[Test, ...]) -> tuple[Flipped, ...]:
    failing = [test for test in tests if test.passed is False and test.depth == 0]
    if not failing:
        out = fewest(person, found, wish=False)
        return (Flipped("they would stay out", out),) if out else ()
    inside = fewest(person, found)
    if inside is None:
        return (Flipped("they would enter", ()),)
    others = tuple(needed for test in failing if (needed := _needed(test, graph.start.entry)))
    return (Flipped("they would enter", (*others, *inside)),)


def _needed(test: Test, entry: Entry) -> Needed | None:
    match test.code:
        case "ENTRY":
            return Needed("event" if entry.kind == "event" else "journey", test.wanted)
        case "SUPPRESSED":
            return Needed("list", f"{test.name}: taken off it")
        case "LIFETIME_LIMIT" | "SIMULTANEOUS_LIMIT":
            return Needed("journey", f"a higher {test.name.lower()}")
    return None
