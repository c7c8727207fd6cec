"""What makes a condition doubtful, given the data: fields that nobody has, values that were never seen or are spelt otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from contacts.conditions.catalogue import Place, Type
from contacts.conditions.counting import anybody
from contacts.conditions.tree import Compare, Condition
from contacts.conditions.walking import Asked, comparisons
from contacts.models import Contact, Membership

VALUED = ("is", "is_not", "is_not_or_unknown", "one_of", "includes", "includes_none")


@dataclass(frozen=True, slots=True)
class Doubt:
    """`values`: those that were never seen; none where the field itself is known of nobody."""

    field: str
    words: str
    values: tuple[str, ...] = ()


def doubts(condition: Condition, now: datetime) -> Iterator[Doubt]:
    """One for each field, and what is asked of. As long as nobody, or no namespace, is known, nothing is doubtful."""
    if not Contact.objects.exclude(email="").exists():
        return
    asked: dict[Asked, set[str]] = {}
    for one in comparisons(condition):
        field = Asked(Compare(one.compare.field, "known"), one.of, one.event)
        asked.setdefault(field, set()).update(_values(one))
    for field, values in asked.items():
        yield from _doubt(field, sorted(values), now)


def _values(asked: Asked) -> list[str]:
    """Those that somebody has to have, letter by letter."""
    value = asked.compare.value
    if asked.compare.operator not in VALUED or asked.field.type not in (Type.TEXT, Type.TEXTS):
        return []
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _doubt(asked: Asked, values: list[str], now: datetime) -> Iterator[Doubt]:
    if asked.of == "namespace" and not Membership.objects.exists():
        return
    what = f"{asked.compare.field} of {'a' if asked.of in ('person', 'namespace') else 'the event'} {asked.of}"
    if not anybody(asked.asking("known"), now):
        yield Doubt(what, f"{what} is known of nobody so far.")
        return
    operator = "includes" if asked.field.type is Type.TEXTS else "is"
    unseen = tuple(value for value in values if not anybody(asked.asking(operator, value), now))
    if unseen:
        near = [found for value in unseen if (found := _otherwise_spelt(asked, value))]
        mend = f": did you mean {_either(near)}?" if near else "."
        yield Doubt(what, f"{what} was never {_either(unseen)} so far{mend}", unseen)


def _either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _otherwise_spelt(asked: Asked, value: str) -> str:
    """The value as somebody has it in other case; Iterable compares exactly."""
    name, place = asked.compare.field, asked.field.place
    if asked.field.type is not Type.TEXT or place is Place.EVENT:
        return ""
    rows: QuerySet[Any] = (Membership if place is Place.NAMESPACE else Contact)._default_manager.all()
    column = {Place.PROFILE: f"profile__{name}", Place.NAMESPACE: f"information__{name}"}.get(place, name)
    found = rows.filter(**{f"{column}__iexact": value}).values_list(column, flat=True).first()
    return str(found or "")
