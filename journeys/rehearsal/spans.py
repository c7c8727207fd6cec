"""When somebody comes to a step, seen from the moment at which they entered: at one moment, or at some moment of a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SATURDAY = 5
A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Span:
    earliest: datetime
    latest: datetime

    @classmethod
    def at(cls, moment: datetime) -> Span:
        return cls(moment, moment)

    def later(self, hours: float, skip_weekends: bool = False) -> Span:
        return Span(later(self.earliest, hours, skip_weekends), later(self.latest, hours, skip_weekends))

    def until(self, hours: float) -> Span:
        """At some moment in the next hours."""
        return Span(self.earliest, later(self.latest, hours))


def later(moment: datetime, hours: float, skip_weekends: bool = False) -> datetime:
    """What would end on a weekend, in UTC, ends at the same time on Monday. Whole seconds, as the database reckons."""
    end = moment + timedelta(seconds=round(hours * 3600))
    if skip_weekends and end.weekday() >= SATURDAY:
        return end + timedelta(days=A_WEEK - end.weekday())
    return end
