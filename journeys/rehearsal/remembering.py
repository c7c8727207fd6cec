"""How far back the history of fields reaches: of whom a past rehearsal has to take what is known today."""

from __future__ import annotations

from django.db.models import Min

from contacts.models import Contact, FieldChange
from journeys.rehearsal.models import RehearsalRun

REPLAY = RehearsalRun.Mode.REPLAY


def from_today(run: RehearsalRun) -> dict[str, int]:
    """People who were known before the history of any field begins: their fields and namespaces are taken as they are today."""
    moment = run.since if run.mode == REPLAY else run.at
    if run.mode == RehearsalRun.Mode.NOW or moment is None:
        return {}
    begins = FieldChange.objects.aggregate(first=Min("changed_at"))["first"]
    if begins is not None and begins <= moment:
        return {}
    return {"as_today": Contact.objects.exclude(email="").filter(created_at__lte=moment).count()}
