"""The instance's three message types with their ids, and people with a state each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from contacts.consent.models import Channel, MessageType, ObservedProfile, ProfileObservation
from contacts.consent.resolver.people import PRESENCE, People, Variant, first_reason, mails
from contacts.consent.resolver.person import Verdicts, verdicts
from contacts.consent.resolver.records import AsOf
from contacts.consent.resolver.rules import BY_CODE
from tests.factories import ContactFactory

# What keeps Iterable from mailing whom no rule of its own keeps from it.
WITHOUT_A_REASON = {True: "SEND", False: "NOT_IN_ITERABLE", None: "NOT_OBSERVED"}
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MARKETING, TRANSACTIONAL = 11, 12
GITLAB, MESSAGE, RECEIPT = 101, 102, 103


@pytest.fixture
def catalogue(db: None) -> None:
    marketing = Channel.objects.create(name="Marketing Channel", iterable_id=MARKETING, channel_type="Marketing")
    transactional = Channel.objects.create(name="Transactional Channel", iterable_id=TRANSACTIONAL, channel_type="Transactional")
    for name, number, channel, policy in (
        ("GitLab Marketing", GITLAB, marketing, "OptIn"),
        ("Marketing Message", MESSAGE, marketing, "OptOut"),
        ("Transactional", RECEIPT, transactional, "OptOut"),
    ):
        MessageType.objects.create(name=name, iterable_id=number, channel=channel, policy=policy)


def see(key: str, at: datetime = NOON, *, received_at: datetime | None = None, **arrays: Any) -> ProfileObservation:
    """As seen in Iterable, and as the latest sight if it is."""
    seen = ProfileObservation.objects.create(
        address_key=key, observed_at=at, received_at=received_at or at, source="look_up", **arrays
    )
    newest = ProfileObservation.objects.filter(address_key=key).order_by("-observed_at", "-pk")[0]
    copied = {field.name: getattr(newest, field.name) for field in ObservedProfile._meta.fields if hasattr(newest, field.name)}
    ObservedProfile(**copied | {"observation": newest, "confirmed_at": newest.observed_at}).save()
    return seen


def person(key: str, **arrays: Any) -> None:
    ContactFactory.create(address_key=key)
    see(key, **arrays)


def in_words(found: Verdicts) -> tuple[bool | None, bool | None, str, str]:
    return found.will.allowed, found.should.allowed, found.will.code, found.should.code


def by_python(key: str, as_of: AsOf | None = None) -> list[tuple[bool | None, bool | None, str, str]]:
    as_of = as_of or AsOf()
    return [in_words(found) for found in verdicts(key, at=as_of.at, known_at=as_of.known_at)]


def by_sql(key: str, as_of: AsOf | None = None) -> list[tuple[bool | None, bool | None, str, str]]:
    types: Sequence[MessageType] = list(MessageType.objects.select_related("channel"))
    people = People(types, as_of or AsOf())
    found = []
    for variant in map(Variant, types):
        text, parameters = people.table()
        reason, values = first_reason(variant, people)
        with connection.cursor() as cursor:
            statement = f"{text} SELECT {PRESENCE}, {reason} FROM people WHERE address_key = %s"
            cursor.execute(statement, (*parameters, *values, key))
            ((presence, code),) = cursor.fetchall()
        mailed = mails(code, presence)
        iterables = code if code in BY_CODE and BY_CODE[code].iterable else WITHOUT_A_REASON[mailed]
        found.append((mailed, code == "SEND", iterables, code))
    return found
