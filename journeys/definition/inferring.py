"""A first draft from what the mirror knows: who enters, and the messages, not yet joined, since Iterable's API tells no order."""

from __future__ import annotations

from collections.abc import Sequence

from journeys.definition.graph import Entry, Graph, Medium, Message, Note, Start
from journeys.lint.ground import triggers_of
from journeys.models import Journey
from journeys.steps import Step

MEDIA: dict[str, Medium] = {
    "email": "email",
    "sms": "sms",
    "push": "push",
    "webpush": "web_push",
    "inapp": "in_app",
    "embedded": "embedded",
    "whatsapp": "whatsapp",
}
UNKNOWN_TYPE = "not known"
NOTE = "Inferred from the campaigns that Iterable tells of. Join the messages, and add the waits and questions between them."


def infer(journey: Journey, steps: Sequence[Step]) -> Graph:
    """Of several events that start it the first alone: a description has one entry."""
    return Graph(_start(journey), (Note("inferred", NOTE), *(_message(step) for step in steps)))


def _start(journey: Journey) -> Start:
    events = triggers_of(journey)
    return Start(
        Entry("event", event=events[0]) if events else Entry("api"),
        suppress_lists=tuple(sorted(set(journey.suppression_list_ids))),
        lifetime_limit=_limit(journey.lifetime_limit),
        simultaneous_limit=_limit(journey.simultaneous_limit),
    )


def _limit(told: int | None) -> int | None:
    """Iterable tells no limit as 0 or nothing."""
    return told if told and told > 0 else None


def _message(step: Step) -> Message:
    medium = "".join(letter for letter in step.campaign.medium.casefold() if letter.isalpha())
    return Message(
        key=f"campaign-{step.campaign.iterable_id}",
        name=str(step.campaign)[:200],
        message_type=step.message_type.name if step.message_type else UNKNOWN_TYPE,
        medium=MEDIA.get(medium, "email"),
        campaign_id=step.campaign.iterable_id,
        template_id=step.campaign.template_id,
    )
