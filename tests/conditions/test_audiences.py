"""Saved audiences: counted each night, and what changed between two days told by cause."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.conditions.audiences.changing import what_changed
from contacts.conditions.audiences.counting import count_audience, count_nightly
from contacts.conditions.audiences.differing import difference, people_behind
from contacts.conditions.models import AudienceCount, AudienceStay, SavedAudience
from contacts.conditions.reading import read
from contacts.consent.models import MessageType
from contacts.models import Contact, FieldChange
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory, SubscriptionChangeFactory

__all__ = ["catalogue"]
pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(hour=12)
GERMANY = {"field": "country", "op": "is", "value": "Germany"}
PART = "Country is Germany"


def day(number: int) -> datetime:
    """Noon, so many days from today; the counts of the past were taken then."""
    return NOW + timedelta(days=number)


def audience(condition: Any = None) -> SavedAudience:
    return SavedAudience.objects.create(name="Germans", condition=condition or GERMANY)


def person(country: str, **columns: Any) -> Contact:
    contact: Contact = ContactFactory.create(profile={"country": country}, **columns)
    contact.created_at = day(-30)
    contact.save()
    return contact


def move(contact: Contact, country: str, at: datetime) -> FieldChange:
    old = contact.profile["country"]
    contact.profile = {"country": country}
    contact.save()
    told = {"contact": contact, "field": "country", "old": old, "new": country, "cause": "event", "cause_id": "1"}
    return FieldChange.objects.create(**told, changed_at=at)


def told(row: SavedAudience, first: date, second: date) -> Any:
    found = difference(row, first, second)
    assert found is not None
    return [(one.way, one.part, one.cause, one.people) for one in (*found.entered, *found.left)], found.unknown


def test_who_came_and_went_is_told_by_the_part_and_the_row_that_changed() -> None:
    row, (ann, ben, cem) = audience(), (person("Germany"), person("France"), person("Germany"))
    assert count_audience(row, day(-2)).people == 2
    moved = move(ben, "Germany", day(-1) - timedelta(hours=1))
    move(cem, "France", day(-1) - timedelta(hours=1))
    counted = count_audience(row, day(-1))
    assert (counted.people, counted.entered, counted.gone) == (2, 1, 1)
    assert told(row, day(-2).date(), day(-1).date()) == ([("entered", PART, "field", 1), ("left", PART, "field", 1)], 0)
    assert AudienceStay.objects.get(contact=ben).entered_key == str(moved.pk)
    assert list(people_behind(row, "left", day(-2).date(), day(-1).date(), (PART, "field"))) == [cem]
    assert list(people_behind(row, "entered", day(-2).date(), day(-1).date())) == [ben]
    assert ann.pk in row.stays.filter(left_on=None).values_list("contact", flat=True)


def test_any_two_days_can_be_compared_and_whoever_came_back_has_not_moved() -> None:
    row, ann = audience(), person("Germany")
    count_audience(row, day(-3))
    move(ann, "France", day(-2) - timedelta(hours=1))
    count_audience(row, day(-2))
    move(ann, "Germany", day(-1) - timedelta(hours=1))
    count_audience(row, day(-1))
    assert told(row, day(-3).date(), day(-1).date()) == ([], 0)
    assert told(row, day(-2).date(), day(-1).date())[0] == [("entered", PART, "field", 1)]
    assert difference(row, day(-9).date(), day(-1).date()) is None


def test_a_count_may_be_repeated_on_one_day() -> None:
    row, ann, ben = audience(), person("Germany"), person("France")
    count_audience(row, day(-2))
    for _ in range(2):
        assert count_audience(row, day(-1)).people == 1
    move(ben, "Germany", day(-1))
    assert (count_audience(row, day(-1) + timedelta(hours=1)).entered, AudienceCount.objects.count()) == (1, 2)
    move(ben, "France", day(-1) + timedelta(hours=2))
    move(ann, "France", day(-1) + timedelta(hours=2))
    assert count_audience(row, day(-1) + timedelta(hours=3)).people == 0
    move(ann, "Germany", day(-1) + timedelta(hours=4))
    counted = count_audience(row, day(-1) + timedelta(hours=5))
    assert (counted.people, counted.entered, counted.gone) == (1, 0, 0)
    assert [stay.contact for stay in AudienceStay.objects.all()] == [ann]


def test_new_people_an_edited_condition_and_those_who_are_gone_have_causes_of_their_own() -> None:
    row, _ann, ben = audience(), person("Germany"), person("Germany")
    count_audience(row, day(-3))
    ContactFactory.create(profile={"country": "Germany"})
    ben.delete()
    count_audience(row, day(-2))
    assert told(row, day(-3).date(), day(-2).date()) == ([("entered", "first known here", "contact", 1)], 1)
    SavedAudience.objects.update(condition={"any": []})
    count_audience(row, day(-1))
    assert told(row, day(-2).date(), day(-1).date()) == ([("left", "the condition was changed", "condition", 2)], 0)


@pytest.mark.usefixtures("catalogue")
def test_ledger_events_and_time_are_causes() -> None:
    types = list(MessageType.objects.select_related("channel"))
    ann = person("Germany")
    see(ann.address_key, day(-9))
    granted = {"address_key": ann.address_key, "verdict": "granted", "occurred_at": day(-9), "received_at": day(-9)}
    SubscriptionChangeFactory.create(**granted)
    row = SubscriptionChangeFactory.create(address_key=ann.address_key, occurred_at=day(-8), received_at=day(-1))
    event = EventFactory.create(email=ann.email, received_at=day(-1))
    EventFactory.create(email=ann.email, name="Old", received_at=day(-8))
    conditions: list[dict[str, Any]] = [
        {"may_receive": "Marketing Message"},
        {"performed": "SaaS Trials"},
        {"performed": "Old", "within_days": 7},
        {"field": "company", "op": "known"},
    ]
    found = [what_changed(read(one), ann, types, day(-2), NOW) for one in conditions]
    assert [(one.part, one.cause, one.key) for one in found] == [
        ("we may send Marketing Message", "ledger", str(row.pk)),
        ("did SaaS Trials", "event", str(event.uuid)),
        ("did Old within 7 days before now", "time", ""),
        ("nothing on record tells", "unknown", ""),
    ]


def test_more_people_than_can_be_looked_into_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contacts.conditions.audiences.explaining.MOST_EXPLAINED", 1)
    row, some = audience(), [person("France") for _ in range(3)]
    count_audience(row, day(-2))
    for one in some:
        move(one, "Germany", day(-1) - timedelta(hours=1))
    count_audience(row, day(-1))
    assert [(cause, people) for _, _, cause, people in told(row, day(-2).date(), day(-1).date())[0]] == [
        ("many", 2),
        ("field", 1),
    ]


def test_nightly_counts_those_that_can_be_read_and_forgets_what_is_too_old() -> None:
    row, ann = audience(), person("Germany")
    SavedAudience.objects.create(name="Broken", condition={"field": "shoeSize", "op": "known"})
    SavedAudience.objects.create(name="At rest", condition=GERMANY, active=False)
    AudienceStay.objects.create(audience=row, contact=ann, entered_on=day(-200).date(), left_on=day(-92).date())
    AudienceCount.objects.create(audience=row, day=day(-900).date(), people=1, condition=GERMANY, counted_at=day(-900))
    assert count_nightly() == 1
    assert [(stay.contact, stay.left_on, stay.entered_cause) for stay in AudienceStay.objects.all()] == [(ann, None, "first")]
    assert [(count.audience, count.people) for count in AudienceCount.objects.all()] == [(row, 1)]
