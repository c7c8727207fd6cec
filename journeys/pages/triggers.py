"""The events that start journeys: when the last one came in, and how many did in a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from contacts.intake.models import EventType
from iterable_admin.audit.browsing import LARGEST_NUMBER
from iterable_admin.audit.pills import moment_text
from iterable_admin.inbox.models import Event
from journeys.lint.ground import triggers_of
from journeys.models import Journey

DAYS, QUIET_DAYS = 7, 30
# Each is an entry of an index; beyond it nobody needs the exact figure.
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Trigger:
    """`kind` is None where Iterable gets the event from somebody else: then we can say nothing of it."""

    name: str
    kind: EventType | None = None
    last: datetime | None = None
    week: int = 0
    """Without those that were rejected: they start no journey."""

    @property
    def figure(self) -> str:
        return f"more than {MOST_COUNTED:,}" if self.week > MOST_COUNTED else f"{self.week:,}"

    def silent(self, now: datetime) -> bool:
        return self.kind is not None and (self.last is None or self.last < now - timedelta(days=QUIET_DAYS))

    @property
    def words(self) -> str:
        if self.kind is None:
            return "does not come in here: Iterable gets it from elsewhere"
        return f"{self.figure} in {DAYS} days, the last {moment_text(self.last)}" if self.last else "has never come in here"


class Counted(Subquery):
    """How many rows a subquery has, which may be limited."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def triggers_by_name(journeys: Iterable[Journey]) -> dict[str, Trigger]:
    """Of all names that start one of them: three queries, whatever has come in."""
    names = {name for journey in journeys for name in triggers_of(journey)}
    by_name = {name: kind for kind in EventType.objects.all() for name in kind.names}
    kinds = {name: by_name.get(name.strip().casefold()) for name in names}
    seen = {kind.pk: kind for kind in _seen({kind.pk for kind in kinds.values() if kind})}
    return {name: _trigger(name, seen.get(kind.pk) if kind else None) for name, kind in kinds.items()}


def _trigger(name: str, kind: Any) -> Trigger:
    if kind is None:
        return Trigger(name)
    return Trigger(name, kind, kind.last, kind.week if kind.week > MOST_COUNTED else kind.week - kind.refused)


def _seen(pks: Iterable[int]) -> QuerySet[Any]:
    """By ids, which rise with the time of receipt: so the index of names answers alone, without a look at the rows."""
    since = timezone.now() - timedelta(days=DAYS)
    first = Event.objects.filter(received_at__gte=since).order_by("received_at").values_list("pk", flat=True).first()
    named = Event.objects.filter(name=OuterRef("name")).order_by()
    # Between the name and itself: of one name PostgreSQL would go through all events backwards to look for a rare one.
    newest = Event.objects.filter(name__gte=OuterRef("name"), name__lte=OuterRef("name")).order_by("name", "-id")
    lately = named.filter(pk__gte=first or LARGEST_NUMBER)
    last = newest.exclude(state=Event.State.REJECTED).values("received_at")[:1]
    return EventType.objects.filter(pk__in=pks).annotate(
        last=Subquery(last),
        week=Counted(lately.values("pk")[: MOST_COUNTED + 1]),
        refused=Counted(lately.filter(state=Event.State.REJECTED).values("pk")[: MOST_COUNTED + 1]),
    )
