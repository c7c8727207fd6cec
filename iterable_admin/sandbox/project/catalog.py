"""What people set up in Iterable's own screens: channels, message types, journeys, campaigns, templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MARKETING_CHANNEL, TRANSACTIONAL_CHANNEL = 108_642, 108_643
GITLAB_MARKETING, MARKETING_MESSAGE, TRANSACTIONAL = 141_877, 121_452, 121_453
MADE_AT = 1_680_523_200_000
"""Milliseconds, as all times of these objects."""
DAY = 86_400_000

Wire = dict[str, Any]
"""An object as the read endpoints give it."""


@dataclass(slots=True)
class Template:
    """`listed` is its entry in the list, `content` its body for each locale; "" is the default one."""

    kind: str
    medium: str
    listed: Wire
    content: dict[str, Wire] = field(default_factory=dict)


@dataclass(slots=True)
class Catalog:
    channels: list[Wire]
    message_types: list[Wire]
    journeys: list[Wire]
    campaigns: list[Wire]
    templates: list[Template]

    def channel(self, channel_id: int) -> Wire | None:
        return next((c for c in self.channels if c["id"] == channel_id), None)

    def message_type(self, type_id: int) -> Wire | None:
        return next((m for m in self.message_types if m["id"] == type_id), None)

    def is_opt_in(self, type_id: int) -> bool:
        kind = self.message_type(type_id)
        return kind is not None and kind["subscriptionPolicy"] == "OptIn"

    def has_opt_in(self) -> bool:
        return any(kind["subscriptionPolicy"] == "OptIn" for kind in self.message_types)

    def journey(self, journey_id: int) -> Wire | None:
        return next((j for j in self.journeys if j["id"] == journey_id), None)

    def campaign(self, campaign_id: int) -> Wire | None:
        return next((c for c in self.campaigns if c["id"] == campaign_id), None)

    def template(self, template_id: int) -> Template | None:
        return next((t for t in self.templates if t.listed["templateId"] == template_id), None)

    def first_step(self, journey_id: int) -> Wire | None:
        """The campaign that a journey mails first: its campaigns stand in the order of its steps."""
        steps = (c for c in self.campaigns if c.get("workflowId") == journey_id)
        return next((c for c in steps if c["campaignState"] == "Running"), None)
