"""How far back the history of fields reaches: of whom a past rehearsal has to take what is known today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet

from contacts.models import Contact, FieldChange
from journeys.rehearsal.models import RehearsalRun

Mode = RehearsalRun.Mode


@dataclass(frozen=True, slots=True)
class BeforeHistory:
    """A moment that lies before the history of any field, which `begins` later; None: there is none."""

    moment: datetime
    begins: datetime | None

    @property
    def people(self) -> QuerySet[Contact]:
        """Who was known by then: their fields and namespaces are taken as they are today."""
        return Contact.objects.exclude(email="").filter(created_at__lte=self.moment)


@dataclass(frozen=True, slots=True)
class AsToday:
    """Those of a page, by id, whose fields are today's, and since when their history is kept."""

    people: frozenset[int] = frozenset()
    begins: datetime | None = None


def before_history(run: RehearsalRun) -> BeforeHistory | None:
    """None: the history reaches back to where the run begins, or is not asked."""
    moment = run.since if run.mode == Mode.REPLAY else run.at
    if run.mode == Mode.NOW or moment is None:
        return None
    begins = FieldChange.objects.aggregate(first=Min("changed_at"))["first"]
    return None if begins is not None and begins <= moment else BeforeHistory(moment, begins)


def from_today(run: RehearsalRun) -> dict[str, int]:
    before = before_history(run)
    return {"as_today": before.people.count()} if before else {}


def as_today_among(run: RehearsalRun, contacts: Sequence[Contact]) -> AsToday:
    """Of a replay nobody: each is seen as of their own moments, which may lie within the history."""
    before = before_history(run) if run.mode == Mode.AS_OF and contacts else None
    if before is None:
        return AsToday()
    found = before.people.filter(pk__in=[contact.pk for contact in contacts]).values_list("pk", flat=True)
    return AsToday(frozenset(found), before.begins)
