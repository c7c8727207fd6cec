"""The people of one comparison: by verdict or by field, a page at a time, each with what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, OuterRef, QuerySet

from contacts.models import Contact
from contacts.sync.models import ComparedPerson, DifferingField, ObserveComparison
from contacts.sync.pages.changes import Line, changes
from iterable_admin.audit.browsing import CappedPaginator

A_PAGE = 25
Verdict = ComparedPerson.Verdict


@dataclass(frozen=True, slots=True)
class Person:
    row: ComparedPerson
    contact: Contact | None
    lines: list[Line]
    """Of each, `old` is what Iterable holds and `new` what we would send."""


def people_of(comparison: ObserveComparison, verdict: str, field: str) -> QuerySet[ComparedPerson]:
    rows = ComparedPerson.objects.filter(comparison=comparison)
    if field:
        differing = DifferingField.objects.filter(comparison=comparison, field=field, person=OuterRef("pk"))
        return rows.filter(Exists(differing)).order_by("id")
    return rows.filter(verdict=verdict).order_by("id")


def page_of(rows: QuerySet[ComparedPerson], number: str | None) -> Page[Any]:
    return CappedPaginator(rows.prefetch_related("differing"), A_PAGE).get_page(number)


def named(rows: Sequence[ComparedPerson]) -> list[Person]:
    keys = [row.address_key for row in rows]
    contacts = {contact.address_key: contact for contact in Contact.objects.filter(address_key__in=keys)}
    return [Person(row, contacts.get(row.address_key), _lines(row)) for row in rows]


def _lines(row: ComparedPerson) -> list[Line]:
    told = list(row.differing.all()) if row.email else []
    return changes({one.field: one.theirs for one in told}, {one.field: one.ours for one in told})
