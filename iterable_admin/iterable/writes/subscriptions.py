"""Whole arrays of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iterable_admin.iterable.identity import identity
from iterable_admin.iterable.writes.given import given


@dataclass(frozen=True, slots=True)
class SubscriptionUpdate:
    """Overwrites every list that is given: None leaves a list as it is, [] clears it."""

    email: str | None = None
    user_id: str | None = None
    email_list_ids: list[int] | None = None
    """Named so in every project, also where the profile says userListIds."""
    unsubscribed_channel_ids: list[int] | None = None
    unsubscribed_message_type_ids: list[int] | None = None
    subscribed_message_type_ids: list[int] | None = None
    """An error in projects without opt-in message types."""
    campaign_id: int | None = None
    """What an unsubscription is attributed to, as `template_id` is."""
    template_id: int | None = None
    validate_channel_alignment: bool | None = None
    """False lets a type be subscribed whose channel is not."""

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        return identity(self.email, self.user_id) | given(
            emailListIds=self.email_list_ids,
            unsubscribedChannelIds=self.unsubscribed_channel_ids,
            unsubscribedMessageTypeIds=self.unsubscribed_message_type_ids,
            subscribedMessageTypeIds=self.subscribed_message_type_ids,
            campaignId=self.campaign_id,
            templateId=self.template_id,
            validateChannelAlignment=self.validate_channel_alignment,
        )
