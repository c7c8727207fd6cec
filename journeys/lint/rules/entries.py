"""How people get into journeys: limits, and triggers that are dead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import fmean, pstdev

from django.db.models import Count
from django.db.models.functions import TruncDate

from contacts.intake.models import EventType
from iterable_admin.audit.pills import moment_text
from iterable_admin.inbox.models import Event
from journeys.lint.ground import Ground, triggers_of
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.subjects import of_journey

SILENT_DAYS = 7
# Whole weeks, because weekends differ: the last one against those before it, as far as events have come in.
WEEKS, FEWEST_WEEKS = 8, 3
DEVIATIONS = 3
# Of fewer events a week, a drop says nothing.
LEAST_A_WEEK = 20


@register
class JRN03(Rule):
    """A journey is entered by an event, and neither how often a person may enter nor how often at a time is limited.

    Each repeat of the event mails the person the whole journey again.
    """

    code, severity, title = "JRN03", Severity.WARNING, "no limit on an event entry"

    def find(self, ground: Ground) -> Iterator[Found]:
        for journey in ground.journeys:
            if triggers_of(journey) and not journey.lifetime_limit and not journey.simultaneous_limit:
                names = ", ".join(triggers_of(journey))
                yield Found(
                    of_journey(journey),
                    f"Entered by {names}, with neither a lifetime nor a simultaneous limit: each event lets a person in again.",
                    "The campaigns owner sets a limit on the journey's start tile in Iterable.",
                    evidence={"trigger_events": triggers_of(journey)},
                )


@dataclass(frozen=True, slots=True)
class Volume:
    """Of one event: when the last one came, and how many came in each week, the oldest first."""

    last: datetime | None
    weeks: list[int]

    @property
    def usual(self) -> float:
        return fmean(self.weeks[:-1]) if len(self.weeks) > FEWEST_WEEKS else 0

    @property
    def dropped(self) -> bool:
        """Counts of rare things scatter by their square root, however even the weeks before were."""
        if self.usual < LEAST_A_WEEK:
            return False
        return self.weeks[-1] < self.usual - DEVIATIONS * max(pstdev(self.weeks[:-1]), sqrt(self.usual))


@register
class JRN09(Rule):
    """The event that starts a journey has not come in for a week, or far less often than in the weeks before.

    Only events that come through here are judged: what others send to Iterable themselves is not seen.
    """

    code, severity, title = "JRN09", Severity.WARNING, "dead or failing trigger"

    def find(self, ground: Ground) -> Iterator[Found]:
        names = {name: kind.name for kind in EventType.objects.filter(active=True) for name in kind.names}
        if not _long_enough(ground.now):
            return
        volumes = {name: volume(name, ground.now) for name in {names[key] for key in ground.starving if key in names}}
        for key, journeys in ground.starving.items():
            if key in names and (trouble := _trouble(names[key], volumes[names[key]], ground.now)):
                for journey in journeys:
                    yield Found(
                        of_journey(journey),
                        trouble,
                        "The technical owner asks the sending system, and looks at rejected events.",
                        evidence={"trigger_event": names[key], "weeks": volumes[names[key]].weeks},
                        part=key,
                    )


def _long_enough(now: datetime) -> bool:
    """A new installation has seen nothing yet, which says nothing."""
    first = Event.objects.order_by("received_at").values_list("received_at", flat=True).first()
    return first is not None and first < now - timedelta(days=SILENT_DAYS)


def _trouble(name: str, seen: Volume, now: datetime) -> str:
    if seen.last is None or seen.last < now - timedelta(days=SILENT_DAYS):
        since = f"since {moment_text(seen.last)}" if seen.last else "at all"
        return f"Started by {name}, which has not come in {since}."
    if seen.dropped:
        return f"Started by {name}, which came in {seen.weeks[-1]:,} times in seven days; {seen.usual:,.0f} in a week before."
    return ""


def volume(name: str, now: datetime) -> Volume:
    rows = Event.objects.filter(name=name).exclude(state=Event.State.REJECTED)
    last = rows.order_by("-id").values_list("received_at", flat=True).first()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    lately = rows.filter(received_at__gte=today - timedelta(weeks=WEEKS + 1), received_at__lt=today).order_by()
    counts = Counter(dict(lately.annotate(day=TruncDate("received_at")).values_list("day").annotate(Count("id"))))
    weeks = [sum(counts[today.date() - timedelta(days=7 * back + day)] for day in range(1, 8)) for back in range(WEEKS, -1, -1)]
    while weeks and not weeks[0]:
        weeks.pop(0)
    return Volume(last, weeks)
