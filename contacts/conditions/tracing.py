"""A condition for one person, with a trace: of each part whether it holds, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, Field, Place, Type
from contacts.conditions.facts import Facts, Happened
from contacts.conditions.moments import as_text, before, in_utc, parsed, text_of
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from iterable_admin.errors import Permanent

Found = Mapping[str, Anything]


@dataclass(frozen=True, slots=True)
class Trace:
    """`got` is the value of a comparison, the number of namespaces or events that fit, or the reason of a verdict."""

    condition: Condition
    holds: bool
    got: Anything = None
    of: tuple[Trace, ...] = ()
    nearest: int | None = None
    """Of namespaces: the one of which most parts hold, by its place."""

    @property
    def leaves(self) -> int:
        return sum(part.leaves for part in self.of) if self.of else 1

    @property
    def held(self) -> int:
        return sum(part.held for part in self.of) if self.of else int(self.holds)


def trace(condition: Condition, facts: Facts, now: datetime) -> Trace:
    return _Tracer(facts, in_utc(now)).of(condition, {**facts.columns, **facts.profile}, OF_PERSON)


class _Tracer:
    def __init__(self, facts: Facts, now: datetime) -> None:
        self.facts, self.now = facts, now

    def of(self, condition: Condition, found: Found, fields: Mapping[str, Field]) -> Trace:
        match condition:
            case All(parts) | Any(parts):
                traced = tuple(self.of(part, found, fields) for part in parts)
                holds = (all if isinstance(condition, All) else any)(part.holds for part in traced)
                return Trace(condition, holds, of=traced)
            case Not(part):
                inner = self.of(part, found, fields)
                return Trace(condition, not inner.holds, of=(inner,))
            case Compare():
                value = value_of(found.get(condition.field), fields[condition.field])
                return Trace(condition, compare(condition, value, fields[condition.field], self.now), got=value)
            case Namespaces():
                return self._namespaces(condition)
            case Performed():
                return self._performed(condition)
            case InList(list_id):
                return Trace(condition, list_id in self.facts.list_ids, got=sorted(self.facts.list_ids))
            case MayReceive():
                return self._may_receive(condition)

    def _namespaces(self, condition: Namespaces) -> Trace:
        traced = [self.of(condition.where, found, OF_NAMESPACE) for found in self.facts.namespaces]
        fitting = sum(one.holds for one in traced)
        holds = {
            "some": fitting > 0,
            "none": fitting == 0,
            "all": 0 < fitting == len(traced),
            "at_least": fitting >= condition.count,
        }[condition.quantifier]
        best = max(range(len(traced)), key=lambda place: (traced[place].holds, traced[place].held), default=None)
        return Trace(condition, holds, got=fitting, of=(traced[best],) if best is not None else (), nearest=best)

    def _performed(self, condition: Performed) -> Trace:
        fitting = [event for event in self.facts.events if self._fits(condition, event)]
        return Trace(condition, len(fitting) >= condition.times, got=len(fitting))

    def _fits(self, condition: Performed, event: Happened) -> bool:
        since = None if condition.within_days is None else before(self.now, condition.within_days)
        if event.name != condition.event or event.at > self.now or (since and event.at < since):
            return False
        return condition.where is None or self.of(condition.where, event.fields, OF_EVENT).holds

    def _may_receive(self, condition: MayReceive) -> Trace:
        verdicts = self.facts.verdicts.get(condition.message_type)
        if verdicts is None:
            raise Permanent(f"There is no message type named {condition.message_type}.")
        verdict = verdicts.should if condition.side == "should" else verdicts.will
        return Trace(condition, verdict.allowed is True, got=verdict.code)


def value_of(told: Anything, field: Field) -> Anything:
    """In the field's own type; None where there is none, or one of another type."""
    if field.place == Place.COLUMN and field.type == Type.MOMENT:
        return told
    return READ[field.type](told)


def _number(told: Anything) -> Anything:
    return told if isinstance(told, int | float) and not isinstance(told, bool) else None


READ: Mapping[Type, Callable[[Anything], Anything]] = {
    Type.TEXT: lambda told: told if isinstance(told, str) and told else None,
    Type.NUMBER: _number,
    Type.BOOLEAN: lambda told: told if isinstance(told, bool) else None,
    Type.MOMENT: text_of,
    Type.TEXTS: lambda told: told if isinstance(told, list) else None,
}


def compare(condition: Compare, value: Anything, field: Field, now: datetime) -> bool:
    match condition.operator:
        case "known":
            return value is not None
        case "unknown":
            return value is None
        case "is_not_or_unknown":
            return value is None or value != _wanted(condition, field)
    return value is not None and TESTS[condition.operator](value, condition, field, now)


def _wanted(condition: Compare, field: Field) -> Anything:
    return _as_compared(parsed(str(condition.value)), field) if field.type == Type.MOMENT else condition.value


def _as_compared(moment: datetime, field: Field) -> Anything:
    return moment if field.place == Place.COLUMN else as_text(moment)


def _days(condition: Compare) -> float:
    return float(condition.value) if isinstance(condition.value, int | float) else 0.0


def _within(value: Anything, condition: Compare, field: Field, now: datetime) -> bool:
    since, until = before(now, _days(condition)), now
    return bool(_as_compared(since, field) <= value <= _as_compared(until, field))


Test = Callable[[Anything, Compare, Field, datetime], bool]
TESTS: Mapping[str, Test] = {
    "is": lambda value, condition, field, now: bool(value == _wanted(condition, field)),
    "is_not": lambda value, condition, field, now: bool(value != _wanted(condition, field)),
    "less": lambda value, condition, field, now: bool(value < _wanted(condition, field)),
    "before": lambda value, condition, field, now: bool(value < _wanted(condition, field)),
    "at_most": lambda value, condition, field, now: bool(value <= _wanted(condition, field)),
    "more": lambda value, condition, field, now: bool(value > _wanted(condition, field)),
    "at_least": lambda value, condition, field, now: bool(value >= _wanted(condition, field)),
    "from": lambda value, condition, field, now: bool(value >= _wanted(condition, field)),
    "one_of": lambda value, condition, field, now: value in _listed(condition),
    "contains": lambda value, condition, field, now: str(condition.value) in value,
    "starts_with": lambda value, condition, field, now: value.startswith(str(condition.value)),
    "includes": lambda value, condition, field, now: condition.value in value,
    "includes_none": lambda value, condition, field, now: condition.value not in value,
    "within_days": _within,
    "over_days_ago": lambda value, condition, field, now: bool(value < _as_compared(before(now, _days(condition)), field)),
}


def _listed(condition: Compare) -> Sequence[Anything]:
    return condition.value if isinstance(condition.value, list) else [condition.value]
