"""The people of one comparison: by verdict or by field, a page at a time, each with what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Contact
from contacts.sync.models import ComparedEvent, ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.pages.changes import Line, changes
from iterable_admin.audit.browsing import CappedPaginator

A_PAGE, MOST_EVENTS = 25, 20
Verdict = ComparedPerson.Verdict


@dataclass(frozen=True, slots=True)
class Person:
    row: ComparedPerson
    contact: Contact | None
    lines: list[Line]
    """Of each, `old` is what Iterable holds and `new` what we would send."""
    events: list[ComparedEvent]
    more_events: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which people are asked for: those with one verdict, with one field that differs, or with events of one verdict."""

    verdict: str
    field: str = ""
    event: str = ""
    name: str = ""
    """Of the events; empty: whatever their name."""

    @property
    def words(self) -> str:
        if self.field:
            return f"{self.field} differs"
        if self.event:
            return f"{self.name or 'events'}: {ComparedEvent.Verdict(self.event).label}"
        return str(Verdict(self.verdict).label)

    @property
    def query(self) -> dict[str, str]:
        events = {"event": self.event, "name": self.name} if self.event else {}
        return {"verdict": self.verdict, "field": self.field, **events}


def people_of(comparison: ObserveComparison, choice: Choice) -> QuerySet[ComparedPerson]:
    rows, theirs = ComparedPerson.objects.filter(comparison=comparison).order_by("id"), {"comparison": comparison}
    if choice.field:
        return rows.filter(Exists(DifferingField.objects.filter(**theirs, field=choice.field, person=OuterRef("pk"))))
    if choice.event:
        named = {"name": choice.name} if choice.name else {}
        events = ComparedEvent.objects.filter(**theirs, verdict=choice.event, person=OuterRef("pk"), **named)
        return rows.filter(Exists(events))
    return rows.filter(verdict=choice.verdict)


def page_of(rows: QuerySet[ComparedPerson], number: str | None) -> Page[Any]:
    return CappedPaginator(rows.prefetch_related("differing", "one_sided_events"), A_PAGE).get_page(number)


def named(rows: Sequence[ComparedPerson]) -> list[Person]:
    keys = [row.address_key for row in rows]
    contacts = {contact.address_key: contact for contact in Contact.objects.filter(address_key__in=keys)}
    return [_person(row, contacts.get(row.address_key)) for row in rows]


def _person(row: ComparedPerson, contact: Contact | None) -> Person:
    events = list(row.one_sided_events.all()) if row.email else []
    return Person(row, contact, _lines(row), events[:MOST_EVENTS], max(0, len(events) - MOST_EVENTS))


def _lines(row: ComparedPerson) -> list[Line]:
    told = list(row.differing.all()) if row.email else []
    return changes({one.field: one.theirs for one in told}, {one.field: one.ours for one in told})
