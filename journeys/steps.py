"""The messages of a journey, by the join campaign → template → message type → channel; and those that are blasts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contacts.consent.models import Channel, MessageType
from journeys.models import Campaign, Journey, Template


@dataclass(frozen=True, slots=True)
class Step:
    """One message. `journey` is None for a blast, and for what the API triggers.

    What Iterable does not name, or we have not seen, is None.
    """

    journey: Journey | None
    campaign: Campaign
    template: Template | None
    message_type: MessageType | None

    @property
    def channel(self) -> Channel | None:
        return self.message_type.channel if self.message_type else None

    @property
    def triggered(self) -> bool:
        return self.campaign.campaign_type == Campaign.TRIGGERED

    @property
    def suppression_list_ids(self) -> tuple[int, ...]:
        return tuple(self.campaign.suppression_list_ids)

    @property
    def suppressed_by_start(self) -> tuple[int, ...]:
        """As somebody entered it: Iterable does not tell."""
        return tuple(self.journey.suppression_list_ids) if self.journey else ()


def steps_of(journey: Journey) -> list[Step]:
    """Three queries, whatever the journey holds."""
    if journey.workflow_id is None:
        return []
    campaigns = Campaign.objects.filter(workflow_id=journey.workflow_id, missing_since=None)
    return _joined(campaigns.order_by("iterable_id"), {journey.workflow_id: journey})


def running_steps() -> list[Step]:
    """What may be sent: the campaigns of running journeys, those that the API triggers, and blasts under way or to come."""
    journeys = {journey.workflow_id: journey for journey in Journey.objects.exclude(workflow_id=None)}
    campaigns = Campaign.objects.filter(missing_since=None).order_by("workflow_id", "iterable_id")
    return [step for step in _joined(campaigns, journeys) if _runs(step)]


def uses_of(template: Template) -> list[Step]:
    """Where a template is used: inside journeys, or as a blast."""
    journeys = {journey.workflow_id: journey for journey in Journey.objects.exclude(workflow_id=None)}
    return _joined(Campaign.objects.filter(template_id=template.iterable_id).order_by("iterable_id"), journeys)


def _runs(step: Step) -> bool:
    if step.campaign.workflow_id is not None:
        return step.journey is not None and step.journey.running and step.campaign.state != "Archived"
    return step.campaign.state in Campaign.RUNNING


def _joined(campaigns: Iterable[Campaign], journeys: dict[int | None, Journey] | dict[int, Journey]) -> list[Step]:
    campaigns = list(campaigns)
    wanted = {campaign.template_id for campaign in campaigns if campaign.template_id}
    templates = {row.iterable_id: row for row in Template.objects.filter(iterable_id__in=wanted)}
    types = {row.iterable_id: row for row in MessageType.objects.exclude(iterable_id=None).select_related("channel")}
    return [_step(campaign, journeys, templates, types) for campaign in campaigns]


def _step(
    campaign: Campaign,
    journeys: dict[int | None, Journey] | dict[int, Journey],
    templates: dict[int, Template],
    types: dict[int | None, MessageType],
) -> Step:
    template = templates.get(campaign.template_id or 0)
    journey = journeys.get(campaign.workflow_id) if campaign.workflow_id is not None else None
    return Step(journey, campaign, template, types.get(template.message_type_id) if template else None)
