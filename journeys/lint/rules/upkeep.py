"""Journeys that nobody looks after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from iterable_admin.audit.pills import moment_text
from iterable_admin.iterable.moments import moment
from journeys.lint.ground import Ground
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.subjects import of_journey, of_version
from journeys.models import Journey, JourneyVersion

DRAFT_DAYS = 14


@register
class JRN08(Rule):
    """A running journey with a draft pending for more than 14 days, without any owner, or with its review overdue.

    A forgotten draft goes live with the next publishing of something else; what nobody owns nobody mends. And an approved
    description that is older than the journey's last change in Iterable: it may say what is no longer so.
    """

    code, severity, title = "JRN08", Severity.INFO, "journey that nobody looks after"

    def find(self, ground: Ground) -> Iterator[Found]:
        for journey in ground.journeys:
            about = of_journey(journey)
            drafted = drafted_at(journey)
            if drafted and drafted < ground.now - timedelta(days=DRAFT_DAYS):
                sentence = f"Edits are pending in a draft since {moment_text(drafted)}."
                next_step = "The campaigns owner publishes or discards the draft in Iterable."
                yield Found(about, sentence, next_step, evidence={"draft_since": drafted.isoformat()}, part="draft")
            if not (journey.business_owner or journey.technical_owner or journey.campaigns_owner):
                yield Found(about, "It has no owner.", "The business owner names one on the journey's page.", part="owner")
            if journey.review_due and journey.review_due < ground.now.date():
                sentence = f"Its review was due on {journey.review_due:%Y-%m-%d}."
                yield Found(about, sentence, "Its owner reviews it and sets the next date on its page.", part="review")
        for described in ground.described:
            if described.version.state == JourneyVersion.State.APPROVED and described.version.drifted:
                sentence = f"Changed in Iterable {moment_text(described.version.journey.changed_at)}, after it was described."
                next_step = "The campaigns owner compares it with Iterable: verifies it, or begins another version."
                yield Found(of_version(described.version), sentence, next_step, part="drifted")


def drafted_at(journey: Journey) -> datetime | None:
    """When the draft was begun."""
    draft = journey.draft if isinstance(journey.draft, dict) else {}
    return moment(draft.get("createdAt") or draft.get("updatedAt"))
