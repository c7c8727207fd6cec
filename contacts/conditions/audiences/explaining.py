"""Why people came into an audience and left it since the count before: the part that changed, and the row that changed it."""

from __future__ import annotations

from typing import Literal

from contacts.conditions.audiences.changing import Changed, what_changed
from contacts.conditions.models import AudienceCount, AudienceStay
from contacts.conditions.tree import Condition
from contacts.consent.models import MessageType

MOST_EXPLAINED = 2_000
"""Of one audience and night in each direction, at some twenty queries each; the rest is told as not looked into."""
FIRST = Changed("the first count", "first")
CONDITION = Changed("the condition was changed", "condition")
MANY = Changed(f"not looked into: more than {MOST_EXPLAINED:,} at once", "many")
Way = Literal["entered", "left"]
WAYS: tuple[Way, ...] = ("entered", "left")


def explain(row: AudienceCount, condition: Condition) -> None:
    """Also of a count that is repeated: what was explained before stays."""
    before = AudienceCount.objects.filter(audience=row.audience_id, day__lt=row.day).order_by("-day").first()
    for way in WAYS:
        changed = AudienceStay.objects.filter(**{"audience": row.audience_id, f"{way}_on": row.day, f"{way}_cause": ""})
        if before is None or before.condition != row.condition:
            changed.update(**_columns(way, CONDITION if before else FIRST))
            continue
        some = list(changed.select_related("contact").order_by("pk")[:MOST_EXPLAINED])
        types = list(MessageType.objects.select_related("channel")) if some else []
        for stay in some:
            found = what_changed(condition, stay.contact, types, before.counted_at, row.counted_at)
            for column, value in _columns(way, found).items():
                setattr(stay, column, value)
        AudienceStay.objects.bulk_update(some, list(_columns(way, MANY)), batch_size=500)
        changed.update(**_columns(way, MANY))


def _columns(way: Way, found: Changed) -> dict[str, str]:
    return {f"{way}_part": found.part[:300], f"{way}_cause": found.cause, f"{way}_key": found.key[:64]}
