"""The rules as SQL and as Python, compared over people of this very installation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import structlog
from django.db import connection
from django.utils import timezone

from contacts.consent.models import MessageType, ResolverCheck
from contacts.consent.resolver.people import PRESENCE, People, Variant, first_reason, mails
from contacts.consent.resolver.person import verdicts_of
from contacts.consent.resolver.records import AsOf, load
from contacts.consent.resolver.rules import SEND
from contacts.models import Contact

log = structlog.get_logger(__name__)

A_NIGHT = 1_000
MOST_EXAMPLES = 20


class Answer(NamedTuple):
    """Of one person and message type: whether Iterable will, whether we should, and the first reason why we should not."""

    address_key: str
    message_type: str
    will: bool | None
    should: bool
    code: str


def compare_nightly() -> None:
    """For the schedule. The dashboard shows what came of it."""
    check = compare(A_NIGHT)
    (log.error if check.differing else log.info)("resolver.compared", people=check.people, differing=check.differing)


def compare(people: int) -> ResolverCheck:
    """Whoever differs is asked once more, in both ways: what was written between the two questions is no difference."""
    types = list(MessageType.objects.select_related("channel"))
    drawn = list(Contact.objects.order_by("?").values_list("address_key", flat=True)[:people])
    doubtful = {answer.address_key for answer in _differing(drawn, types)}
    differing = sorted(_differing(doubtful, types), key=str)
    return ResolverCheck.objects.create(
        checked_at=timezone.now(),
        people=len(drawn),
        verdicts=len(drawn) * len(types),
        differing=len({(answer.address_key, answer.message_type) for answer in differing}),
        examples=[list(answer) for answer in differing[:MOST_EXAMPLES]],
    )


def _differing(keys: Collection[str], types: list[MessageType]) -> set[Answer]:
    """What only one of the two said."""
    return set(_by_sql(keys, types)) ^ set(_by_python(keys, types)) if keys else set()


def _by_python(keys: Collection[str], types: list[MessageType]) -> Iterator[Answer]:
    for key in keys:
        for found in verdicts_of(load(key, AsOf()), types):
            yield Answer(key, found.message_type.name, found.will.allowed, bool(found.should.allowed), found.should.code)


def _by_sql(keys: Collection[str], types: list[MessageType]) -> Iterator[Answer]:
    people = People(types)
    text, parameters = people.table()
    reasons = [first_reason(Variant(message_type), people) for message_type in types]
    columns = "".join(f", {reason}" for reason, _ in reasons)
    values = [value for _, inner in reasons for value in inner]
    marks = ", ".join(["%s"] * len(keys))
    statement = f"{text} SELECT address_key, {PRESENCE}{columns} FROM people WHERE address_key IN ({marks})"
    with connection.cursor() as cursor:
        cursor.execute(statement, (*parameters, *values, *keys))
        for key, presence, *codes in cursor.fetchall():
            for message_type, code in zip(types, codes, strict=True):
                yield Answer(key, message_type.name, mails(code, presence), code == SEND, code)
