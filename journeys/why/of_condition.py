"""A condition's trace as tests: of each part what was wanted and found, of namespaces the one that came closest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any as Anything

from contacts.conditions.catalogue import OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.past import NAMESPACE_ID, WITHOUT_HISTORY
from contacts.conditions.tracing import Trace, trace
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from contacts.conditions.wording import heading, in_words, told
from contacts.consent.resolver.rules import SENTENCES
from journeys.why.checklist import Evidence, Test
from journeys.why.person import Person, when

CONDITION = "CONDITION"
Fields = Mapping[str, Field]


def traced(person: Person, condition: Condition) -> Trace:
    return trace(condition, person.facts, person.now)


def lines_of(person: Person, name: str, found: Trace) -> list[Test]:
    """The condition as a whole, then its parts; of one that has none, itself alone."""
    wanted = in_words(found.condition)
    rows = list(_rows(person, found, OF_PERSON, 1, wish=True))
    if len(rows) == 1:
        return [Test(name, wanted, rows[0].got or _holds(found), found.holds, CONDITION, rows[0].evidence)]
    got = "holds" if found.holds else first_failing(person, found)
    return [Test(name, wanted, got, found.holds, CONDITION), *rows]


def _holds(found: Trace) -> str:
    return "holds" if found.holds else "does not hold"


def first_failing(person: Person, found: Trace) -> str:
    failing = next(_failing(found, wish=True), None)
    if failing is None:
        return _holds(found)
    part, fields = failing
    return f"{in_words(part.condition, fields)}: {got_of(person, part, fields)}"


def _failing(found: Trace, fields: Fields = OF_PERSON, *, wish: bool) -> Iterator[tuple[Trace, Fields]]:
    """The innermost parts that are not as they would have to be, in their order."""
    if found.holds == wish:
        return
    if isinstance(found.condition, Not):
        yield from _failing(found.of[0], fields, wish=not wish)
    elif isinstance(found.condition, All | Any) and found.of:
        for part in found.of:
            yield from _failing(part, fields, wish=wish)
    else:
        yield found, fields


def _rows(person: Person, found: Trace, fields: Fields, depth: int, *, wish: bool) -> Iterator[Test]:
    condition = found.condition
    if isinstance(condition, Not):
        # Its part says itself that it must not hold.
        yield from _rows(person, found.of[0], fields, depth, wish=not wish)
        return
    wanted = heading(condition, fields) if wish else f"not: {heading(condition, fields)}"
    passed, evidence = found.holds == wish, _evidence(person, condition)
    yield Test(_name(condition, fields), wanted, got_of(person, found, fields), passed, CONDITION, evidence, depth=depth)
    below = OF_NAMESPACE if isinstance(condition, Namespaces) else fields
    wished = not wish if _counts_against(condition) else wish
    for part in found.of:
        yield from _rows(person, part, below, depth + 1, wish=wished)


def _counts_against(condition: Condition) -> bool:
    return isinstance(condition, Namespaces) and condition.quantifier == "none"


def _name(condition: Condition, fields: Fields) -> str:
    match condition:
        case Compare(field):
            return fields[field].label if field in fields else field
        case Namespaces():
            return "Namespaces"
        case Performed(event):
            return event
        case InList(list_id):
            return f"List {list_id}"
        case MayReceive(message_type):
            return message_type
    return heading(condition, fields).capitalize()


def got_of(person: Person, found: Trace, fields: Fields) -> str:
    match found.condition:
        case Compare(field):
            today = person.at is not None and fields is OF_PERSON and field in WITHOUT_HISTORY
            return _value(found.got) + (", as it is today" if today else "")
        case Namespaces():
            return _namespaces(person, found)
        case Performed():
            return _performed(person, found)
        case InList():
            return "in it" if found.holds else "not in it"
        case MayReceive():
            return SENTENCES[found.got]
    held = sum(part.holds for part in found.of)
    return f"{held} of {len(found.of)} hold" if isinstance(found.condition, All | Any) else ""


def _value(got: Anything) -> str:
    return when(got) if isinstance(got, datetime) else told(got)


def _namespaces(person: Person, found: Trace) -> str:
    total = len(person.facts.namespaces)
    if found.nearest is None:
        return "has no namespace"
    closest = found.of[0]
    words = f"{found.got} of {total} {'fits' if found.got == 1 else 'fit'}"
    return f"{words}; closest is {namespace_of(person, found)}, of which {closest.held} of {closest.leaves} parts hold"


def namespace_of(person: Person, found: Trace) -> str:
    """The one that came closest, as `namespace 4711`."""
    nearest = person.facts.namespaces[found.nearest or 0]
    return f"namespace {nearest.get(NAMESPACE_ID, 'without a number')}"


def _performed(person: Person, found: Trace) -> str:
    condition = found.condition
    if not isinstance(condition, Performed):
        return ""
    last = _last(person, condition.event)
    if last is None:
        return "never"
    times = "once" if found.got == 1 else f"{found.got} times"
    return f"{times} as wanted, last at all on {when(last[0])}"


def _last(person: Person, event: str) -> tuple[datetime, str] | None:
    told = [(one.at, one.uuid) for one in person.facts.events if one.name == event and one.at <= person.now]
    return told[-1] if told else None


def _evidence(person: Person, condition: Condition) -> Evidence | None:
    if isinstance(condition, Performed) and (last := _last(person, condition.event)):
        return Evidence("event", last[1], last[0])
    if isinstance(condition, MayReceive) and (found := person.facts.verdicts.get(condition.message_type)):
        verdict = found.should if condition.side == "should" else found.will
        reason = verdict.reasons[0] if verdict.reasons else None
        if reason and reason.cause and reason.cause_id:
            return Evidence(reason.cause, str(reason.cause_id), reason.since)
    return None
