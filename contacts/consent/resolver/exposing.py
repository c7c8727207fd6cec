"""How many people would be mailed each message type, how many should not be, and who they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from contacts.consent.models import MessageType
from contacts.consent.resolver.people import People, Variant, first_reason, will
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import SEND
from contacts.models import Contact


@dataclass(slots=True)
class Exposure:
    """`reasons`: of those whom Iterable will mail and should not, by first reason; `blocked`: of all who should not be mailed."""

    message_type: MessageType
    contacts: int = 0
    will: int = 0
    should: int = 0
    exposed: int = 0
    unknown: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    blocked: dict[str, int] = field(default_factory=dict)

    def add(self, will: int | None, code: str, people: int) -> None:
        self.contacts += people
        self.will += people if will else 0
        self.unknown += people if will is None else 0
        if code == SEND:
            self.should += people
            return
        self.blocked[code] = self.blocked.get(code, 0) + people
        if will:
            self.exposed += people
            self.reasons[code] = self.reasons.get(code, 0) + people


def exposure(*, at: datetime | None = None, known_at: datetime | None = None) -> list[Exposure]:
    """Of every message type, in one statement."""
    types = list(MessageType.objects.select_related("channel"))
    return exposure_of([Variant(message_type) for message_type in types], types, AsOf(at, known_at))


def exposure_of(variants: Sequence[Variant], types: Collection[MessageType], as_of: AsOf) -> list[Exposure]:
    """In the order of the variants; equal ones are computed once."""
    if not variants:
        return []
    people = People(list(types), as_of)
    text, parameters = people.table()
    parts = []
    for number, variant in enumerate(variants):
        verdict, reason = will(variant, people), first_reason(variant, people)
        parts.append(f"SELECT {number} AS variant, {verdict[0]} AS will, {reason[0]} AS code, COUNT(*) FROM people GROUP BY 2, 3")
        parameters += verdict[1] + reason[1]
    found = [Exposure(variant.message_type) for variant in variants]
    for number, verdict_of, code, count in _rows(f"{text} {' UNION ALL '.join(parts)}", parameters):
        found[number].add(verdict_of, code, count)
    return found


def exposed_contacts(message_type: MessageType, variant: Variant | None = None) -> QuerySet[Contact]:
    """Those whom Iterable will mail and should not."""
    variant = variant or Variant(message_type)
    people = People(list(MessageType.objects.select_related("channel")))
    text, parameters = people.table()
    verdict, reason = will(variant, people), first_reason(variant, people)
    ids = f"{text} SELECT id FROM people WHERE {verdict[0]} = 1 AND {reason[0]} <> '{SEND}'"
    return Contact.objects.filter(pk__in=RawSQL(ids, parameters + verdict[1] + reason[1]))  # noqa: S611 - of our own making


def difference(before: Variant, after: Variant) -> dict[tuple[str, bool, bool], int]:
    """How many people by (reason of *we should* before, mailed before, mailed after). Touches nothing."""
    people = People(list(MessageType.objects.select_related("channel")))
    text, parameters = people.table()
    first, second, reason = will(before, people), will(after, people), first_reason(before, people)
    sql = f"{text} SELECT {reason[0]}, {first[0]}, {second[0]}, COUNT(*) FROM people GROUP BY 1, 2, 3"
    rows = _rows(sql, parameters + reason[1] + first[1] + second[1])
    found: dict[tuple[str, bool, bool], int] = {}
    for code, was, becomes, count in rows:
        key = (code, was == 1, becomes == 1)
        found[key] = found.get(key, 0) + count
    return found


def _rows(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
