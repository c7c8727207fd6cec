"""The withdrawal clock: from the moment we learnt of a withdrawal until it is effective in Iterable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from contacts.consent.arrays import HoldsAny
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import about_marketing
from contacts.consent.models import Channel, Erasure, ObservedProfile, SubscriptionChange, SubscriptionState
from contacts.models import Presence
from iterable_admin.inbox.models import Event

Target = SubscriptionChange.Target
Verdict = SubscriptionChange.Verdict
BROAD = (Target.ALL_MARKETING, Target.CHANNEL)
WORKING_DAYS = 10
SATURDAY = 5
# Each row with `effective_at`, which the stubs cannot follow.
Withdrawals = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Threshold:
    """`within`: how long a withdrawal may take; None is ten business days, which depend on the day."""

    name: str
    whose: str
    within: timedelta | None

    def due(self, received_at: datetime) -> datetime:
        return received_at + self.within if self.within else after_business_days(received_at, WORKING_DAYS)

    def lies_behind(self, received_at: datetime, until: datetime) -> bool:
        if self.within is None and until - received_at < timedelta(days=WORKING_DAYS):
            return False
        return self.due(received_at) <= until


THRESHOLDS = (
    Threshold("15 minutes", "our target", timedelta(minutes=15)),
    Threshold("24 hours", "our alarm", timedelta(hours=24)),
    Threshold("48 hours", "the mailbox providers' limit", timedelta(hours=48)),
    Threshold("10 business days", "the law's limit (CAN-SPAM, CASL)", None),
)


def after_business_days(start: datetime, days: int) -> datetime:
    """The same time of day so many business days later, in UTC; Saturdays and Sundays do not count. Holidays do: stricter."""
    found = start
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < SATURDAY
    return found


def passed(received_at: datetime, until: datetime) -> Threshold | None:
    """The last threshold that lies behind."""
    behind = [threshold for threshold in THRESHOLDS if threshold.lies_behind(received_at, until)]
    return behind[-1] if behind else None


def withdrawals() -> Withdrawals:
    """From marketing as a whole, each with `effective_at`: when Iterable took an opt-out that covers it."""
    first = _answers().order_by("occurred_at").values("occurred_at")[:1]
    timed: Withdrawals = _withdrawn().annotate(effective_at=Subquery(first))
    return timed


def _withdrawn() -> QuerySet[SubscriptionChange]:
    return SubscriptionChange.objects.filter(about_marketing(), verdict=Verdict.WITHDRAWN)


def _answers() -> QuerySet[SubscriptionChange]:
    """An opt-out accepted after the row was written covers it, even where it is recorded for a later withdrawal of the same
    person: the channel is closed.
    """
    same = SubscriptionChange.objects.filter(address_key=OuterRef("address_key"), verdict=Verdict.EFFECTIVE)
    return same.filter(target__in=BROAD, pk__gt=OuterRef("pk"))


# Each condition is a join of its own (no OR, no value of another query), so that the database can join a million rows at once.
def unanswered() -> Withdrawals:
    """In force, and not known to be effective in Iterable: nobody granted since, was forgotten, or was seen unsubscribed."""
    of_same = {"address_key": OuterRef("address_key")}
    granted = SubscriptionState.objects.filter(about_marketing(), granted_at__gt=OuterRef("occurred_at"), **of_same)
    forgotten = Erasure.objects.filter(**of_same)
    closed = ObservedProfile.objects.annotate(closed=HoldsAny("unsubscribed_channel_ids", _marketing_ids()))
    seen_closed = closed.filter(present=True, closed=True, **of_same)
    rows: Withdrawals = _withdrawn().exclude(Exists(_answers())).exclude(Exists(granted))
    return rows.exclude(Exists(forgotten)).exclude(Exists(seen_closed))


def waiting() -> Withdrawals:
    """Those whose clock runs, oldest first."""
    looked_up, seen = _absent()
    return unanswered().exclude(looked_up).exclude(seen).order_by("received_at", "pk")


def waiting_for_creation() -> Withdrawals:
    """Of people whom Iterable does not have: whatever creates them opts them out first, so no clock runs."""
    looked_up, seen = _absent()
    return unanswered().filter(looked_up | seen).order_by("received_at", "pk")


def _absent() -> tuple[Any, Any]:
    """As a look-up said, or as a profile was last seen; somebody known to be there is not absent."""
    known = Presence.objects.filter(address_key=OuterRef("address_key"))
    unseen = ObservedProfile.objects.filter(present=False, address_key=OuterRef("address_key"))
    return Exists(known.filter(present=False)), Exists(unseen.exclude(Exists(known.filter(present=True))))


def _marketing_ids() -> list[int]:
    found = Channel.objects.filter(name=MARKETING_CHANNEL).values_list("iterable_id", flat=True)
    return [number for number in found if number is not None]


@dataclass(frozen=True, slots=True)
class Times:
    """How long withdrawals took, of those received in a period that became effective; None where there are none."""

    count: int
    percentiles: dict[str, timedelta | None]
    longest: timedelta | None
    late: dict[str, int]


def times(since: datetime, until: datetime | None = None) -> Times:
    until = until or timezone.now()
    rows = withdrawals().filter(received_at__gte=since, received_at__lt=until, effective_at__isnull=False)
    late = dict.fromkeys((threshold.name for threshold in THRESHOLDS), 0)
    took = []
    for received_at, effective_at in _moments(rows):
        took.append(max(effective_at - received_at, timedelta(0)))
        for threshold in THRESHOLDS:
            late[threshold.name] += threshold.lies_behind(received_at, effective_at)
    took.sort()
    return Times(len(took), {f"p{part}": _percentile(took, part) for part in (50, 90, 99)}, _percentile(took, 100), late)


def _moments(rows: Withdrawals) -> Iterator[tuple[datetime, datetime]]:
    yield from rows.order_by().values_list("received_at", "effective_at").iterator(10_000)


def _percentile(ordered: list[timedelta], part: int) -> timedelta | None:
    """The smallest that so many in a hundred do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * part // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Running:
    """What waits now: how many, since when, and how many behind each threshold."""

    count: int
    oldest: datetime | None
    behind: dict[str, int]

    @property
    def worst(self) -> Threshold | None:
        return next((threshold for threshold in reversed(THRESHOLDS) if self.behind[threshold.name]), None)

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "oldest": self.oldest.isoformat() if self.oldest else None, "behind": self.behind}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Running:
        oldest = datetime.fromisoformat(kept["oldest"]) if kept["oldest"] else None
        return cls(kept["count"], oldest, kept["behind"])


def unread() -> QuerySet[Event]:
    """Unsubscribes that are not in the ledger yet: their clock runs from their receipt."""
    states = (*Event.OPEN, Event.State.NEEDS_YOU)
    return Event.objects.filter(withdrawal=True, state__in=states).order_by("received_at", "pk")


def running(now: datetime | None = None) -> Running:
    now = now or timezone.now()
    received = [at for rows in (waiting(), unread()) for at in rows.values_list("received_at", flat=True)]
    behind = {threshold.name: sum(threshold.lies_behind(at, now) for at in received) for threshold in THRESHOLDS}
    return Running(len(received), min(received, default=None), behind)
