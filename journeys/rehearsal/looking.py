"""A condition for one person at a moment that may lie ahead: whether it is certain, and whether it is possible.

The same two sides as `contacts.conditions.frames` has in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Anything

from contacts.conditions.catalogue import OF_NAMESPACE, OF_PERSON, Field, Place, Type
from contacts.conditions.facts import Facts
from contacts.conditions.moments import as_text, before, in_utc
from contacts.conditions.tracing import compare, trace, value_of
from contacts.conditions.tree import All, Any, Compare, Condition, Namespaces, Not, Performed
from journeys.rehearsal.questions import Answer
from journeys.rehearsal.spans import Span

Found = Mapping[str, Anything]


@dataclass(frozen=True)
class Look:
    """`told_until`: what happens later is not known."""

    facts: Facts
    span: Span
    told_until: datetime

    @property
    def ahead(self) -> bool:
        return self.span.latest > self.told_until

    def at(self, condition: Condition) -> Answer:
        if self.span.earliest == self.span.latest and not self.ahead:
            holds = trace(condition, self.facts, self.span.latest).holds
            return holds, holds
        return self._of(condition, {**self.facts.columns, **self.facts.profile}, OF_PERSON)

    def _of(self, condition: Condition, found: Found, fields: Mapping[str, Field]) -> Answer:
        match condition:
            case All(of):
                return _over(all, [self._of(part, found, fields) for part in of])
            case Any(of):
                return _over(any, [self._of(part, found, fields) for part in of])
            case Not(part):
                sure, possible = self._of(part, found, fields)
                return not possible, not sure
            case Compare():
                return self._compare(condition, found, fields[condition.field])
            case Namespaces():
                return self._namespaces(condition)
            case Performed():
                return self._performed(condition)
        holds = trace(condition, self.facts, self.told_until).holds
        return holds, holds

    def _compare(self, condition: Compare, found: Found, field: Field) -> Answer:
        if field.type != Type.MOMENT or condition.operator not in ("within_days", "over_days_ago"):
            holds = compare(condition, value_of(found.get(condition.field), field), field, self.told_until)
            return holds, holds
        value = value_of(found.get(condition.field), field)
        if value is None:
            return False, False
        days = float(condition.value) if isinstance(condition.value, int | float) else 0.0
        first, last = (self._as_compared(moment, days, field) for moment in (self.span.earliest, self.span.latest))
        if condition.operator == "over_days_ago":
            return bool(value < first), bool(value < last)
        now, then = (self._as_compared(moment, 0, field) for moment in (self.span.earliest, self.span.latest))
        return bool(last <= value <= now), bool(first <= value <= then)

    def _as_compared(self, moment: datetime, days: float, field: Field) -> Anything:
        limit = before(moment, days)
        return in_utc(limit) if field.place == Place.COLUMN else as_text(limit)

    def _namespaces(self, condition: Namespaces) -> Answer:
        found = [self._of(condition.where, one, OF_NAMESPACE) for one in self.facts.namespaces]
        sure, possible = sum(one[0] for one in found), sum(one[1] for one in found)
        match condition.quantifier:
            case "some":
                return sure > 0, possible > 0
            case "none":
                return possible == 0, sure == 0
            case "all":
                return 0 < sure == len(found), 0 < possible == len(found)
        return sure >= condition.count, possible >= condition.count

    def _performed(self, condition: Performed) -> Answer:
        """An event is never undone: those that are told count, and one more may come."""
        since = None if condition.within_days is None else before(self.span.latest, condition.within_days)
        told = [event for event in self.facts.events if event.name == condition.event and event.at <= self.told_until]
        fitting = [event for event in told if since is None or event.at >= since]
        if condition.where is not None:
            bare = Performed(condition.event, None, 1, condition.where)
            alone = [Facts({}, {}, events=(event,)) for event in fitting]
            fitting = [event for event, facts in zip(fitting, alone, strict=True) if self._fits(bare, facts)]
        sure = len(fitting) >= condition.times
        return sure, True if self.ahead else sure

    def _fits(self, bare: Performed, facts: Facts) -> bool:
        return trace(bare, facts, self.span.latest).holds


def _over(word: Anything, parts: list[Answer]) -> Answer:
    return word(sure for sure, _ in parts), word(possible for _, possible in parts)
