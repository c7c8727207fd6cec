"""The difference between two days of an audience: who came and who left, by what changed, in numbers that add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from contacts.conditions.audiences.changing import CAUSES
from contacts.conditions.audiences.explaining import Way
from contacts.conditions.models import AudienceCount, AudienceStay, SavedAudience
from contacts.models import Contact


@dataclass(frozen=True, slots=True)
class ByCause:
    way: Way
    part: str
    cause: str
    people: int

    @property
    def told(self) -> str:
        return CAUSES.get(self.cause, self.cause)


@dataclass(frozen=True, slots=True)
class Difference:
    """`unknown`: whoever was in it and is no contact any more, because they were erased or are one person with somebody else."""

    first: AudienceCount
    second: AudienceCount
    entered: list[ByCause]
    left: list[ByCause]

    @property
    def came(self) -> int:
        return sum(one.people for one in self.entered)

    @property
    def went(self) -> int:
        return sum(one.people for one in self.left)

    @property
    def unknown(self) -> int:
        return self.first.people + self.came - self.went - self.second.people


def difference(audience: SavedAudience, first: date, second: date) -> Difference | None:
    """None where one of the days was not counted."""
    rows = {row.day: row for row in audience.counts.filter(day__in=(first, second))}
    if first not in rows or second not in rows:
        return None
    return Difference(
        rows[first], rows[second], _grouped(audience, "entered", first, second), _grouped(audience, "left", first, second)
    )


def in_at(day: date) -> Q:
    return Q(entered_on__lte=day) & (Q(left_on=None) | Q(left_on__gt=day))


def moved(audience: SavedAudience, way: Way, first: date, second: date) -> QuerySet[AudienceStay, Any]:
    """The stays of whoever was there on one of the days only: the one that began, or ended, between them."""
    there, absent = (second, first) if way == "entered" else (first, second)
    others = audience.stays.filter(in_at(absent)).values("contact")
    return audience.stays.filter(in_at(there)).exclude(contact__in=others)


def _grouped(audience: SavedAudience, way: Way, first: date, second: date) -> list[ByCause]:
    part, cause = f"{way}_part", f"{way}_cause"
    rows = moved(audience, way, first, second).order_by().values_list(part, cause).annotate(people=Count("pk"))
    found = [ByCause(way, *row) for row in rows]
    return sorted(found, key=lambda one: (-one.people, one.part))


def people_behind(
    audience: SavedAudience, way: Way, first: date, second: date, only: tuple[str, str] | None = None
) -> QuerySet[Contact]:
    """Of one part and cause, or all."""
    stays = moved(audience, way, first, second)
    if only:
        stays = stays.filter(**{f"{way}_part": only[0], f"{way}_cause": only[1]})
    return Contact.objects.filter(pk__in=stays.values("contact"))
