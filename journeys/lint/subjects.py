"""How findings name their subjects."""

from __future__ import annotations

from contacts.consent.models import List, MessageType
from journeys.definition.models import JourneyVersion
from journeys.lint.registry import About, Subject
from journeys.models import Journey, Template
from journeys.steps import Step


def of_journey(journey: Journey) -> About:
    return About(Subject.JOURNEY, str(journey.pk), journey.name, journey=journey)


def of_version(version: JourneyVersion, message_type: MessageType | None = None) -> About:
    return About(Subject.VERSION, str(version.pk), str(version), journey=version.journey, message_type=message_type)


def of_step(step: Step) -> About:
    """Its campaign; the finding also shows with the journey and the message type."""
    campaign = step.campaign
    return About(Subject.CAMPAIGN, str(campaign.pk), str(campaign), journey=step.journey, message_type=step.message_type)


def of_message_type(message_type: MessageType) -> About:
    return About(Subject.MESSAGE_TYPE, str(message_type.pk), message_type.name, message_type=message_type)


def of_list(row: List) -> About:
    return About(Subject.LIST, str(row.pk), row.name)


def of_template(template: Template, step: Step | None = None) -> About:
    """With the step that uses it, where it is known."""
    journey, message_type = (step.journey, step.message_type) if step else (None, None)
    return About(Subject.TEMPLATE, str(template.pk), str(template), journey=journey, message_type=message_type)
