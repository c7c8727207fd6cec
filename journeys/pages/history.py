"""What changed about a journey: in Iterable, as the mirror saw it, and here, by whom and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q

from iterable_admin.audit.models import OperatorAction
from journeys.models import Journey, MirrorChange, MirrorRun
from journeys.steps import Step

MOST, MOST_READ = 20, 200
# What becomes of a thing as a whole: a first look at Iterable finds dozens at once.
WHOLE = ("appeared", "missing", "returned")
MOST_NAMED = 3
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
    entries: list[Entry]
    more: bool
    refreshed: MirrorRun | None


def actions_on(journey: Journey) -> list[OperatorAction]:
    """Newest first. Another journey may have the same name, so the id decides."""
    named = OperatorAction.objects.filter(subject=f"journey {journey}"[:200]).order_by("-at", "-id")[:MOST_ACTIONS]
    return [row for row in named if str(journey.pk) in row.selection.get("ids", [])]


def changes_of(journey: Journey, steps: Sequence[Step]) -> list[MirrorChange]:
    """Of the journey itself, and of what its steps are made of, newest first."""
    about = Q(kind="journey", iterable_id=journey.workflow_id or 0)
    about |= _of("campaign", (step.campaign.iterable_id for step in steps))
    about |= _of("template", (step.template.iterable_id for step in steps if step.template))
    about |= _of("message_type", (step.message_type.iterable_id for step in steps if step.message_type))
    return list(MirrorChange.objects.filter(about).order_by("-id")[:MOST_READ])


def _of(kind: str, ids: Iterable[int | None]) -> Q:
    return Q(kind=kind, iterable_id__in=sorted({number for number in ids if number is not None}))


def drift(actions: Sequence[OperatorAction], changes: Sequence[MirrorChange]) -> Drift:
    reviewed = next((row for row in actions if REVIEW in row.selection.get("fields", [])), None)
    since = seen([row for row in changes if reviewed is None or row.seen_at > reviewed.at])
    refreshed = MirrorRun.objects.filter(ended_at__isnull=False).exclude(trigger="ids").order_by("-id").first()
    return Drift(reviewed, since[:MOST], len(since) > MOST or len(changes) == MOST_READ, refreshed)


def history(actions: Sequence[OperatorAction], changes: Sequence[MirrorChange]) -> list[Entry]:
    """Both kinds in one line of time, newest first."""
    entries = [_by_operator(row) for row in actions[:MOST]] + seen(changes)[:MOST]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST]


def _by_operator(row: OperatorAction) -> Entry:
    fields = ", ".join(name.replace("_", " ") for name in row.selection.get("fields", []))
    return Entry(row.at, row.actor_name, f"{row.verb}: {fields}" if fields else row.verb, row.reason)


def seen(changes: Sequence[MirrorChange]) -> list[Entry]:
    """In words; what one run saw come or go together is one entry."""
    alike = groupby(changes, lambda row: (row.run_id, row.kind, row.field) if row.field in WHOLE else row.pk)
    return [Entry(rows[0].seen_at, "in Iterable", _told(rows)) for rows in (list(group) for _, group in alike)]


def _told(rows: Sequence[MirrorChange]) -> str:
    """Whose it is, and what became of it."""
    first, kind = rows[0], rows[0].kind.replace("_", " ")
    names = [row.name or str(row.iterable_id) for row in rows]
    if len(rows) == 1:
        return f"{kind} {names[0]}: {first.words}"
    others = len(names) - MOST_NAMED
    more = f" and {others} more" if others > 0 else ""
    return f"{len(rows)} {kind}s {first.words}: {'; '.join(names[:MOST_NAMED])}{more}"
