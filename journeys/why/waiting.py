"""When a wait of a journey ends, as far as it is known already."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contacts.conditions.catalogue import OF_PERSON
from contacts.conditions.moments import in_utc, parsed
from contacts.conditions.tracing import value_of
from journeys.definition.graph import Delay, DelayUntil
from journeys.why.person import Person

SATURDAY = 5


def ends(person: Person, step: Delay | DelayUntil, since: datetime) -> tuple[datetime, str]:
    """With what happens there, in words."""
    if isinstance(step, Delay):
        until = _past_weekend(since + timedelta(hours=step.hours), skip=step.skip_weekends)
        return until, f"waits {told(step.hours)}{', to a weekday' if step.skip_weekends else ''}"
    moment = _moment(person, step.field)
    if moment is None:
        return since, f"does not wait: {step.field} is not known"
    until = _past_weekend(moment + timedelta(hours=step.offset_hours), skip=step.skip_weekends)
    if until <= since:
        return since, f"does not wait: {step.field} has passed"
    return until, f"waits until {until:%Y-%m-%d %H:%M} UTC"


def told(hours: float) -> str:
    """`7 days`, `36 hours`."""
    number, unit = (hours / 24, "day") if hours >= 24 and hours % 24 == 0 else (hours, "hour")
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def _moment(person: Person, name: str) -> datetime | None:
    field = OF_PERSON.get(name)
    found: Any = {**person.facts.columns, **person.facts.profile}.get(name)
    value = value_of(found, field) if field else None
    if value is None:
        return None
    try:
        return in_utc(value) if isinstance(value, datetime) else parsed(str(value))
    except ValueError:
        return None


def _past_weekend(moment: datetime, *, skip: bool) -> datetime:
    over = moment.weekday() - SATURDAY
    return moment + timedelta(days=2 - over) if skip and over >= 0 else moment
