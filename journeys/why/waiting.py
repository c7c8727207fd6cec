"""When a wait of a journey ends, as far as it is known already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contacts.conditions.catalogue import OF_PERSON
from contacts.conditions.moments import in_utc, parsed
from contacts.conditions.tracing import value_of
from journeys.definition.describing import moment_words, step_words
from journeys.definition.graph import Delay, DelayUntil
from journeys.rehearsal.spans import later
from journeys.why.person import Person, when


def ends(person: Person, step: Delay | DelayUntil, since: datetime) -> tuple[datetime, str]:
    """With what happens there, in words."""
    if isinstance(step, Delay):
        return later(since, step.hours, step.skip_weekends), step_words(step)
    moment = _moment(person, step.field)
    if moment is None:
        return since, f"does not wait, since {step.field} is not known"
    until = later(moment, step.offset_hours, step.skip_weekends)
    if until <= since:
        return since, f"does not wait, since {moment_words(step)} was {when(until)}"
    return until, f"waits until {when(until)}, {moment_words(step)}"


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
