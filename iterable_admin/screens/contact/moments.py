"""Which moment a person's page is about: now, or one in the past that the viewer asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from contacts.conditions.past import AHEAD

# Of a slider that is dragged with a finger: longer ago than ten years nobody slides.
MOST_DAYS = 3_660
# A year before or after it cannot be turned into another zone.
EARLIEST, LATEST = 1900, 2200


@dataclass(frozen=True, slots=True)
class Asked:
    """`at`: what was true then; `known_at`: by what we had learnt then. Empty: now."""

    at: datetime | None
    known_at: datetime | None
    problem: str = ""

    @property
    def past(self) -> bool:
        return bool(self.at or self.known_at)


@dataclass(frozen=True, slots=True)
class Slider:
    """The days from the one on which the person was first known to today."""

    first: datetime
    start: date
    days: int
    day: int
    shown: str


def asked(request: HttpRequest, first: datetime | None = None) -> Asked:
    """By `at` and `known_at`, or by `day`, counted from the first one. What is no moment is told, and now is shown."""
    told = {name: request.GET.get(name, "").strip() for name in ("at", "known_at")}
    moments = {name: _moment(text) for name, text in told.items()}
    odd = [name for name, text in told.items() if text and moments[name] is None]
    at, known_at = moments["at"], moments["known_at"]
    if day := request.GET.get("day", ""):
        at = _of_day(day, first) if first else None
        odd += [] if at else ["day"]
    if request.GET.get("as_known") and at:
        known_at = at
    problem = f"{', '.join(odd)}: not a moment. Write 2026-03-31 or 2026-03-31T14:30; this is how it is now." if odd else ""
    return Asked(_unless_ahead(at), _unless_ahead(known_at), problem or _told_if_ahead(at, known_at))


def moment_asked(text: str) -> Asked:
    """Of one moment that was typed; empty, or one that is still to come, is now."""
    at = _moment(text.strip())
    problem = "" if at or not text.strip() else "Not a moment. Write 2026-03-31 or 2026-03-31T14:30; this is how it is now."
    return Asked(_unless_ahead(at), None, problem or _told_if_ahead(at))


def _told_if_ahead(*moments: datetime | None) -> str:
    """The end of today is ahead, too, and means today."""
    today = timezone.localdate()
    return AHEAD if any(moment and timezone.localtime(moment).date() > today for moment in moments) else ""


def _unless_ahead(moment: datetime | None) -> datetime | None:
    """Of the future nothing is known: it is now."""
    return moment if moment and moment < timezone.now() else None


def _moment(text: str) -> datetime | None:
    """In the zone of the page where the text names none; of a day, its end."""
    try:
        value = parse_datetime(text) if len(text) > len("2026-03-31") else _end_of(text)
    except ValueError:
        return None
    if value is None or not EARLIEST < value.year < LATEST:
        return None
    return timezone.make_aware(value) if timezone.is_naive(value) else value


def _end_of(text: str) -> datetime | None:
    day = parse_date(text)
    return datetime.combine(day, time(23, 59, 59)) if day else None


def _of_day(text: str, first: datetime) -> datetime | None:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_DAYS):
        return None
    day = _start(first) + timedelta(days=int(text))
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def slider_of(first: datetime, at: datetime | None) -> Slider:
    today, start = timezone.localdate(), _start(first)
    days = max((today - start).days, 0)
    shown = timezone.localtime(at).date() if at else today
    day = min(max((shown - start).days, 0), days)
    return Slider(first, start, days, day, f"{start + timedelta(days=day):%Y-%m-%d}")


def _start(first: datetime) -> date:
    return max(timezone.localtime(first).date(), timezone.localdate() - timedelta(days=MOST_DAYS))
