"""What changed about a journey: in Iterable, as the mirror saw it, and here, by whom and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from iterable_admin.audit.models import OperatorAction
from journeys.models import Journey, MirrorChange, MirrorRun
from journeys.steps import Step

MOST = 20
MOST_ACTIONS = 100
REVIEW = "review_due"


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """What the mirror saw change since somebody here last said that all is well."""

    reviewed: OperatorAction | None
    changes: list[MirrorChange]
    more: bool
    refreshed: MirrorRun | None


def actions_on(journey: Journey) -> list[OperatorAction]:
    """Newest first. Another journey may have the same name, so the id decides."""
    named = OperatorAction.objects.filter(subject=f"journey {journey}"[:200]).order_by("-at", "-id")[:MOST_ACTIONS]
    return [row for row in named if str(journey.pk) in row.selection.get("ids", [])]


def changes_of(journey: Journey, steps: Sequence[Step]) -> list[MirrorChange]:
    """Of the journey itself, and of what its steps are made of. One more than is shown, newest first."""
    about = Q(kind="journey", iterable_id=journey.workflow_id or 0)
    about |= _of("campaign", (step.campaign.iterable_id for step in steps))
    about |= _of("template", (step.template.iterable_id for step in steps if step.template))
    about |= _of("message_type", (step.message_type.iterable_id for step in steps if step.message_type))
    return list(MirrorChange.objects.filter(about).order_by("-id")[: MOST + 1])


def _of(kind: str, ids: Iterable[int | None]) -> Q:
    return Q(kind=kind, iterable_id__in=sorted({number for number in ids if number is not None}))


def drift(actions: Sequence[OperatorAction], changes: Sequence[MirrorChange]) -> Drift:
    reviewed = next((row for row in actions if REVIEW in row.selection.get("fields", [])), None)
    since = [row for row in changes if reviewed is None or row.seen_at > reviewed.at]
    refreshed = MirrorRun.objects.filter(ended_at__isnull=False).exclude(trigger="ids").order_by("-id").first()
    return Drift(reviewed, since[:MOST], len(since) > MOST, refreshed)


def history(actions: Sequence[OperatorAction], changes: Sequence[MirrorChange]) -> list[Entry]:
    """Both kinds in one line of time, newest first."""
    entries = [_by_operator(row) for row in actions[:MOST]] + [_by_iterable(row) for row in changes[:MOST]]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST]


def _by_operator(row: OperatorAction) -> Entry:
    fields = ", ".join(name.replace("_", " ") for name in row.selection.get("fields", []))
    return Entry(row.at, row.actor_name, f"{row.verb}: {fields}" if fields else row.verb, row.reason)


def _by_iterable(row: MirrorChange) -> Entry:
    return Entry(row.seen_at, "in Iterable", told(row))


def told(row: MirrorChange) -> str:
    """Whose it is, and what became of it."""
    return f"{row.kind.replace('_', ' ')} {row.name or row.iterable_id}: {row.words}"
