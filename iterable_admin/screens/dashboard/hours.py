"""Events per hour by how they ended, drawn on the server from what the clock counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from iterable_admin.inbox.hours import HOUR, beginning
from iterable_admin.inbox.models import Event, EventHour
from iterable_admin.screens.dashboard.counting import list_url, number_of

DAY = 24
PERIODS = {1: "24 hours", 7: "7 days"}
WIDTH, HEIGHT = 960, 140
# A worker counts each minute.
STALE_AFTER = timedelta(minutes=5)
State = Event.State
# From the bottom of a bar to its top: what is well stands on firm ground, what is not sticks out.
PARTS = {
    "good": ("✓ done", (State.DONE,)),
    "quiet": ("- skipped", (State.SKIPPED,)),
    "wait": ("○ under way", (State.RECEIVED, State.PROCESSING, State.WAITING, State.HELD)),
    "bad": ("! needs somebody", (State.NEEDS_YOU, State.REJECTED)),
}


@dataclass(frozen=True, slots=True)
class Block:
    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar, and one line of the table: in words already, since a week has many of them."""

    start: datetime
    counts: Mapping[str, int]
    parts: tuple[int, ...]
    total: int
    label: str

    @property
    def words(self) -> str:
        told = ", ".join(f"{count:,} {label[2:]}" for count, (label, _) in zip(self.parts, PARTS.values(), strict=True) if count)
        return f"{self.label}: {told or 'none'}"

    @property
    def cells(self) -> list[str]:
        return [f"{count:,}" for count in self.parts]


def hour_of(start: datetime, counts: Mapping[str, int]) -> Hour:
    parts = tuple(sum(counts.get(state, 0) for state in states) for _, states in PARTS.values())
    return Hour(start, counts, parts, sum(parts), f"{timezone.localtime(start):%a %d %b %H:%M %Z}")


@dataclass(frozen=True, slots=True)
class Picture:
    """`counted_at`: of the hour that was counted last; None where no worker has counted yet."""

    days: int
    hours: Sequence[Hour]
    most: int
    before: float
    counted_at: datetime | None
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(hour.total for hour in self.hours)

    @property
    def since(self) -> datetime:
        return self.hours[0].start

    @property
    def stale(self) -> bool:
        return self.counted_at is None or timezone.now() - self.counted_at > STALE_AFTER

    @property
    def bars(self) -> list[tuple[str, list[Block]]]:
        return [(hour.words, list(self._blocks(place, hour))) for place, hour in enumerate(self.hours)]

    def _blocks(self, place: int, hour: Hour) -> Iterator[Block]:
        step, base = WIDTH / len(self.hours), float(HEIGHT)
        for tone, count in zip(PARTS, hour.parts, strict=True):
            if count:
                # One event among thousands is seen too.
                high = max(count * (HEIGHT - 8) / self.most, 2.0)
                base -= high
                yield Block(tone, round(place * step, 1), round(base, 1), round(step * 0.8, 1), round(high, 1))

    @property
    def key(self) -> list[tuple[str, str, int, str]]:
        """Of each part: its tone, its words, how many, and the list of the largest state in it."""
        return [
            (tone, label, count, self._url(states))
            for (tone, (label, states)), count in zip(PARTS.items(), self._sums, strict=True)
        ]

    @property
    def _sums(self) -> list[int]:
        return [sum(column) for column in zip(*(hour.parts for hour in self.hours), strict=True)]

    def _url(self, states: Sequence[State]) -> str:
        since = {"received_at__gte": self.since.isoformat()}
        by_state = {state: sum(hour.counts.get(state, 0) for hour in self.hours) for state in states}
        return list_url("inbox_event", state__exact=max(by_state, key=lambda state: by_state[state]), **since)

    @property
    def scale(self) -> list[datetime]:
        return [self.hours[place].start for place in (0, len(self.hours) // 2, len(self.hours) - 1)]

    @property
    def words(self) -> str:
        told = ", ".join(f"{count:,} {label[2:]}" for _, label, count, _ in self.key)
        return f"Events of each hour in {PERIODS[self.days]}: {told}; {self.most:,} in the fullest hour."

    @property
    def trend(self) -> str:
        """Against the same stretch of time a day earlier."""
        if not self.before:
            return "None came in the day before."
        change = round((self._of_the_day - self.before) * 100 / self.before)
        if abs(change) < 2:
            return "→ As many as the day before."
        return f"{'↑' if change > 0 else '↓'} {abs(change):,} % {'more' if change > 0 else 'fewer'} than the day before."

    @property
    def _of_the_day(self) -> int:
        return sum(hour.total for hour in self.hours[-DAY:])

    @property
    def day(self) -> dict[str, Any]:
        """The last 24 hours alone, whatever period is drawn."""
        last = self.hours[-DAY:]
        since = last[0].start
        url = list_url("inbox_event", received_at__gte=since.isoformat())
        return {"count": self._of_the_day, "words": number_of(self._of_the_day, "event"), "since": since, "url": url}


def picture(days: int, now: datetime | None = None) -> Picture:
    """One query, of at most two hundred rows."""
    now = now or timezone.now()
    newest, back = beginning(now), max(days, 2) * DAY
    kept = {row.hour: row for row in EventHour.objects.filter(hour__gt=newest - back * HOUR)}
    counts = {hour: row.counts for hour, row in kept.items()}
    hours = [hour_of(newest - place * HOUR, counts.get(newest - place * HOUR, {})) for place in range(days * DAY - 1, -1, -1)]
    earlier = [sum(counts.get(newest - place * HOUR, {}).values()) for place in range(DAY, 2 * DAY)]
    # The running hour is compared with as much of its like a day before.
    passed = (now - newest) / HOUR
    before = earlier[0] * passed + sum(earlier[1:])
    most = max(hour.total for hour in hours)
    return Picture(days, hours, most, before, max((row.counted_at for row in kept.values()), default=None))
