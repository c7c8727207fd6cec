"""How many people would be mailed each message type, how many should not be, and who they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from contacts.consent.models import MessageType
from contacts.consent.resolver.people import PRESENCE, People, Variant, first_reason, mails
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import RULES, SEND
from contacts.models import Contact

# Tables of a million people are joined in memory, once an hour or so, and this one statement only. What parallel workers hand
# over costs a tenth of what PostgreSQL reckons: measured by tests.scale.rehearsal.
FOR_A_LOOK_AT_EVERYBODY = "SET LOCAL work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL parallel_tuple_cost = 0.01"


@contextmanager
def at_everybody() -> Iterator[None]:
    """With room to join a million rows. SQLite would keep every writer out for so long, and has no such settings."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FOR_A_LOOK_AT_EVERYBODY)
        yield


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

    def add(self, code: str, mailed: bool | None, people: int) -> None:
        self.contacts += people
        self.will += people if mailed else 0
        self.unknown += people if mailed is None else 0
        if code == SEND:
            self.should += people
            return
        self.blocked[code] = self.blocked.get(code, 0) + people
        if mailed:
            self.exposed += people
            self.reasons[code] = self.reasons.get(code, 0) + people


def exposure(*, at: datetime | None = None, known_at: datetime | None = None) -> list[Exposure]:
    """Of every message type, in one statement."""
    types = list(MessageType.objects.select_related("channel"))
    return exposure_of([Variant(message_type) for message_type in types], types, AsOf(at, known_at))


def exposure_of(variants: Sequence[Variant], types: Collection[MessageType], as_of: AsOf) -> list[Exposure]:
    """In the order of the variants, from one look at everybody."""
    found = [Exposure(variant.message_type) for variant in variants]
    for presence, *codes, people in _counts(variants, People(list(types), as_of)):
        for one, code in zip(found, codes, strict=True):
            one.add(code, mails(code, presence), people)
    return found


def exposed_contacts(message_type: MessageType, variant: Variant | None = None) -> QuerySet[Contact]:
    """Those whom Iterable will mail and should not."""
    people = People(list(MessageType.objects.select_related("channel")))
    text, parameters = people.table()
    reason, values = first_reason(variant or Variant(message_type), people)
    ours = ", ".join(f"'{rule.code}'" for rule in RULES if not rule.iterable)
    ids = f"{text} SELECT id FROM people WHERE present AND {reason} IN ({ours})"
    return Contact.objects.filter(pk__in=RawSQL(ids, parameters + values))  # noqa: S611 - of our own making


def difference(before: Variant, after: Variant) -> Counter[tuple[str, bool | None, bool | None]]:
    """How many people by (first reason before, mailed before, mailed after). Touches nothing."""
    found: Counter[tuple[str, bool | None, bool | None]] = Counter()
    for presence, code, then, people in _counts([before, after], People(list(MessageType.objects.select_related("channel")))):
        found[code, mails(code, presence), mails(then, presence)] += people
    return found


def _counts(variants: Sequence[Variant], people: People) -> list[tuple[Any, ...]]:
    """Rows of: presence, the first reason by variant, and how many people are alike in these."""
    if not variants:
        return []
    text, parameters = people.table()
    reasons = [first_reason(variant, people) for variant in variants]
    columns = ", ".join(reason for reason, _ in reasons)
    places = ", ".join(str(place) for place in range(1, len(reasons) + 2))
    values = (*parameters, *(value for _, inner in reasons for value in inner))
    with at_everybody(), connection.cursor() as cursor:
        cursor.execute(f"{text} SELECT {PRESENCE}, {columns}, COUNT(*) FROM people GROUP BY {places}", values)
        return list(cursor.fetchall())
