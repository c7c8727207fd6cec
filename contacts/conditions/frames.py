"""From where a condition looks at people: which moment is now, what may still happen until then, and whose past is meant.

Usually now is one moment for everybody. A rehearsal looks from later, where not everything is known: then a condition has two
sides, of whom it is certain and of whom it is possible. And it looks from the past, from another moment for each row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from django.db import connection

from contacts.conditions.moments import as_text, before, in_utc
from contacts.conditions.sql_gathering import Gathering
from contacts.consent.resolver.conditions import Sql

A_DAY = 86_400


class Now(Protocol):
    """A moment in SQL, `days` before: as the database keeps moments, and as the texts in a profile."""

    def moment(self, days: float = 0) -> Sql: ...

    def text(self, days: float = 0) -> Sql: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """One moment for everybody."""

    at: datetime

    def moment(self, days: float = 0) -> Sql:
        return "%s", (connection.ops.adapt_datetimefield_value(before(self.at, days)),)

    def text(self, days: float = 0) -> Sql:
        return "%s", (as_text(before(self.at, days)),)


@dataclass(frozen=True, slots=True)
class OfRow:
    """Each row's own: `column` holds a moment of whole seconds, and `seconds` is how much later is meant."""

    column: str
    seconds: float = 0

    def moment(self, days: float = 0) -> Sql:
        seconds = round(self.seconds - days * A_DAY)
        return (self.column if seconds == 0 else later(self.column, seconds)), ()

    def text(self, days: float = 0) -> Sql:
        moment, _ = self.moment(days)
        return (f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')" if _postgres() else moment), ()


def later(column: str, seconds: int) -> str:
    """SQLite keeps moments as texts, which compare rightly as long as all are of whole seconds."""
    if _postgres():
        return f"({column} + INTERVAL '{seconds} seconds')"
    return f"datetime({column}, '{seconds:+d} seconds')"


def _postgres() -> bool:
    return connection.vendor == "postgresql"


@dataclass(frozen=True, slots=True)
class Frame:
    """Now is some moment from `earliest` to `latest`.

    `told_until`: what happens between then and now is not known yet, so an event may still come. `sure`: whom the condition is
    certainly true of; otherwise whom it may be true of. `past`: fields, namespaces, lists and subscriptions as of then.
    `asked`: where each row has a past of its own, the rows, as a table with `n`, `id`, `address_key`, `has_address` and `at`.
    `gathering`: where several conditions are asked at once, what they ask.
    """

    earliest: Now
    latest: Now
    sure: bool = True
    told_until: Now | None = None
    past: Now | None = None
    asked: str = ""
    gathering: Gathering | None = field(default=None, compare=False)

    @property
    def flipped(self) -> Frame:
        return replace(self, sure=not self.sure)

    @property
    def exact(self) -> bool:
        return self.earliest == self.latest and self.told_until is None


def frame_of(now: datetime | Frame, gathering: Gathering | None = None) -> Frame:
    if isinstance(now, Frame):
        return now
    moment = Fixed(in_utc(now))
    return Frame(moment, moment, gathering=gathering)
