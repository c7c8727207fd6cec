"""What values a field had lately, to choose from; and whether a value is spelt as people have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from contacts.conditions.catalogue import Field, Place, Type
from contacts.conditions.editing import Part
from contacts.conditions.tree import Compare
from contacts.models import Contact, Membership
from iterable_admin.inbox.models import Event

LOOKED_AT = 3_000
"""The newest rows: all of a large table would cost seconds with each look."""
MOST_SHOWN = 50
PERSONAL = {"email", "firstName", "lastName"}
"""Nobody needs to read whose they are to write a condition."""
SPELT = ("is", "is_not", "is_not_or_unknown", "one_of", "includes", "includes_none")


def values_seen(field: Field) -> list[str]:
    """Of a text, the frequent ones first; nothing of what names a person."""
    if field.name in PERSONAL or field.type not in (Type.TEXT, Type.TEXTS):
        return []
    found: Counter[str] = Counter()
    for value in _newest(field):
        found.update([value] if isinstance(value, str) else [one for one in value or () if isinstance(one, str)])
    return [value for value, _ in found.most_common(MOST_SHOWN) if value]


def events_seen() -> list[str]:
    newest = Event.objects.order_by("-pk").values_list("name", flat=True)[:LOOKED_AT]
    return [name for name, _ in Counter(newest).most_common(MOST_SHOWN) if name]


def hint(part: Part, seen: list[str]) -> str:
    """What is odd about the value of a comparison; empty where nothing is, or nothing is known."""
    compare = part.condition
    if not isinstance(compare, Compare) or compare.operator not in SPELT or not seen:
        return ""
    return " ".join(_odd(value, seen) for value in _texts(compare.value))


def _odd(value: str, seen: list[str]) -> str:
    if value in seen:
        return ""
    near = next((one for one in seen if one.casefold() == value.casefold()), "")
    if near:
        return f"People have “{near}”, not “{value}”: upper and lower case are told apart."
    return f"“{value}” was not among the values seen lately." if len(seen) < MOST_SHOWN else ""


def _texts(value: Any) -> Iterator[str]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _newest(field: Field) -> Any:
    match field.place:
        case Place.NAMESPACE:
            rows, column = Membership.objects.order_by("-pk"), f"information__{field.name}"
        case Place.COLUMN:
            rows, column = Contact.objects.order_by("-pk"), field.name  # type: ignore[assignment] # a query of either
        case _:
            # An event has the same fields as the profile that it fills.
            rows, column = Contact.objects.order_by("-pk"), f"profile__{field.name}"  # type: ignore[assignment] # as above
    return rows.values_list(column, flat=True)[:LOOKED_AT]
