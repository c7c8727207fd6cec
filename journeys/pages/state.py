"""What a journey is in Iterable, who owns it, what starts it, and who acts next where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.safestring import SafeString

from iterable_admin.audit.models import Dri
from iterable_admin.audit.pills import pill
from journeys.links import to_workflow
from journeys.lint.models import LintFinding
from journeys.lint.settling import GRAVITY
from journeys.models import Journey
from journeys.pages.triggers import QUIET_DAYS, Trigger

ROLES = {
    "business_owner": Dri.Role.BUSINESS_OWNER,
    "technical_owner": Dri.Role.TECHNICAL_OWNER,
    "campaigns_owner": Dri.Role.CAMPAIGNS_OWNER,
}
STATES = {
    "folder": ("skipped", "folder"),
    "missing": ("failed", "missing"),
    "unknown": ("waiting", "not known yet"),
    "archived": ("skipped", "archived"),
    "enabled": ("done", "enabled"),
    "disabled": ("skipped", "disabled"),
}


@dataclass(frozen=True, slots=True)
class Owner:
    role: str
    name: str
    """Empty while vacant."""
    instead: str
    """Who holds the role for the whole instance."""


def state_of(journey: Journey) -> str:
    if journey.missing_since:
        return "missing"
    if journey.workflow_id is None and journey.folder_id:
        return "folder"
    if journey.enabled is None:
        return "unknown"
    if journey.archived:
        return "archived"
    return "enabled" if journey.enabled else "disabled"


def state_pill(journey: Journey) -> SafeString:
    return pill(*STATES[state_of(journey)])


def takes_people(journey: Journey) -> bool:
    """As far as we know: one that the mirror has not met yet may."""
    return state_of(journey) in ("enabled", "unknown")


def link_into_iterable(journey: Journey) -> str:
    """As somebody pasted it, else by its id."""
    if journey.url or journey.workflow_id is None:
        return journey.url
    return to_workflow(journey.workflow_id, settings.ITERABLE_BASE_URL)


def owners_of(journey: Journey) -> list[Owner]:
    dris = {dri.role: dri.name for dri in Dri.objects.all()}
    return [Owner(role.label, getattr(journey, column), dris.get(role.value, "")) for column, role in ROLES.items()]


def state_sentence(journey: Journey) -> str:
    name = journey.iterable_name or journey.name
    match state_of(journey):
        case "folder":
            return f"{name} is a folder of journeys in Iterable, not a journey of its own."
        case "missing":
            return f"{name} is no longer in Iterable: somebody deleted it there."
        case "unknown":
            return f"{name} has not been seen in Iterable yet."
        case "archived":
            return f"{name} is archived in Iterable: nobody enters it."
        case "enabled":
            return f"{name} is enabled in Iterable and takes people in."
    return f"{name} is disabled in Iterable: nobody enters it."


def owner_sentence(owners: Sequence[Owner]) -> str:
    held = [f"{owner.name} ({owner.role.lower()})" for owner in owners if owner.name]
    vacant = [owner.role.lower() for owner in owners if not owner.name]
    if not held:
        return "Nobody owns it."
    lacks = f"; it has no {' and no '.join(vacant)}" if vacant else ""
    return f"It is owned by {', '.join(held)}{lacks}."


def trigger_sentence(journey: Journey, triggers: Sequence[Trigger]) -> str:
    if triggers:
        told = "; ".join(f"{trigger.name} {trigger.words}" for trigger in triggers)
        return f"What starts it: {told}."
    if journey.workflow_id is None:
        return ""
    return "No event starts it; whether a schedule, a call or another journey does, Iterable's API does not tell."


def troubles_of(
    journey: Journey, triggers: Sequence[Trigger], findings: Sequence[LintFinding], owners: Sequence[Owner], now: datetime
) -> list[str]:
    """Each says who acts next, the gravest first."""
    told = [f"{row.code}: {row.sentence} {row.next_step}" for row in worst(findings) if row.severity != "I"]
    if journey.missing_since:
        told.append("The campaigns owner finds out who deleted it, and notes it here.")
    if takes_people(journey):
        told += [quiet_words(trigger) for trigger in triggers if trigger.silent(now)]
    if overdue(journey, now.date()):
        told.append(review_words(journey, now.date()))
    if not any(owner.name for owner in owners):
        told.append("The business owner names its owners, on this page.")
    return list(dict.fromkeys(told))


def quiet_words(trigger: Trigger) -> str:
    since = f"for {QUIET_DAYS} days" if trigger.last else "at all"
    return f"{trigger.name} has not come in {since}: the technical owner asks the sending system, now."


def worst(findings: Sequence[LintFinding]) -> list[LintFinding]:
    """Of those that stand open: what is excepted is no alarm."""
    open_ = [row for row in findings if row.state == LintFinding.State.OPEN]
    return sorted(open_, key=lambda row: (-GRAVITY[row.severity], -(row.exposed or 0), row.pk))


def overdue(journey: Journey, today: date) -> bool:
    return journey.review_due is not None and journey.review_due < today


def review_words(journey: Journey, today: date) -> str:
    if journey.review_due is None:
        return "No review is planned: the campaigns owner sets a date here."
    if overdue(journey, today):
        who = journey.campaigns_owner or "the campaigns owner"
        return f"Its review was due on {journey.review_due:%Y-%m-%d}: {who} reviews it and sets the next date here, now."
    return f"Its next review is due on {journey.review_due:%Y-%m-%d}."
