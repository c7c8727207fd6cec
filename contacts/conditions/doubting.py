"""What makes a condition doubtful, given the data: fields that nobody has, values that were never seen or are spelt otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from contacts.conditions.catalogue import PRESENCE, Place, Type
from contacts.conditions.counting import anybody
from contacts.conditions.tree import Condition
from contacts.conditions.walking import Asked, comparisons
from contacts.models import Contact, Membership

VALUED = ("is", "is_not", "is_not_or_unknown", "one_of", "includes", "includes_none")


def doubts(condition: Condition, now: datetime) -> Iterator[tuple[str, str]]:
    """The field and value, and what is doubtful in words. As long as nobody, or no namespace, is known, nothing is."""
    if not Contact.objects.exclude(email="").exists():
        return
    for asked in dict.fromkeys(_hashable(condition)):
        yield from _doubt(asked, now)


def _hashable(condition: Condition) -> Iterator[Asked]:
    for asked in comparisons(condition):
        # One value at a time; `asking` puts the field back into its place.
        for value in asked.compare.value if isinstance(asked.compare.value, list) else [asked.compare.value]:
            operator = "is" if isinstance(asked.compare.value, list) else asked.compare.operator
            yield Asked(type(asked.compare)(asked.compare.field, operator, value), asked.of, asked.event)


def _doubt(asked: Asked, now: datetime) -> Iterator[tuple[str, str]]:
    if asked.of == "namespace" and not Membership.objects.exists():
        return
    field, operator, value = asked.compare.field, asked.compare.operator, asked.compare.value
    what = f"{field} of {'a' if asked.of in ('person', 'namespace') else 'the event'} {asked.of}"
    if not anybody(asked.asking("known"), now):
        yield field, f"{what} is known of nobody so far."
        return
    if operator in PRESENCE or operator not in VALUED or asked.field.type not in (Type.TEXT, Type.TEXTS):
        return
    if anybody(asked.asking("includes" if asked.field.type is Type.TEXTS else "is", value), now):
        return
    near = _otherwise_spelt(asked)
    mend = f": did you mean {near}?" if near else "."
    yield f"{field}:{value}", f"{what} was never {value} so far{mend}"


def _otherwise_spelt(asked: Asked) -> str:
    """The value as somebody has it in other case; Iterable compares exactly."""
    name, place = asked.compare.field, asked.field.place
    if asked.field.type is not Type.TEXT or place is Place.EVENT:
        return ""
    rows: QuerySet[Any] = (Membership if place is Place.NAMESPACE else Contact)._default_manager.all()
    column = {Place.PROFILE: f"profile__{name}", Place.NAMESPACE: f"information__{name}"}.get(place, name)
    found = rows.filter(**{f"{column}__iexact": str(asked.compare.value)}).values_list(column, flat=True).first()
    return str(found or "")
