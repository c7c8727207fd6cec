"""Campaigns: what was, or will be, sent to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, number, numbers, text, texts


@dataclass(frozen=True, slots=True)
class Campaign:
    id: int
    name: str
    type: str
    """Blast or Triggered."""
    campaign_state: str
    """An open set: Recalling and Recalled occur, although nobody documents them."""
    message_medium: str
    created_at: datetime | None
    updated_at: datetime | None
    start_at: datetime | None
    ended_at: datetime | None
    created_by_user_id: str
    updated_by_user_id: str
    template_id: int | None
    workflow_id: int | None
    """The journey that it belongs to."""
    recurring_campaign_id: int | None
    send_size: int | None
    labels: list[str]
    list_ids: list[int]
    suppression_list_ids: list[int]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            id=int(body["id"]),
            name=text(body.get("name")),
            type=text(body.get("type")),
            campaign_state=text(body.get("campaignState")),
            message_medium=text(body.get("messageMedium")),
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            start_at=moment(body.get("startAt")),
            ended_at=moment(body.get("endedAt")),
            created_by_user_id=text(body.get("createdByUserId")),
            updated_by_user_id=text(body.get("updatedByUserId")),
            template_id=number(body.get("templateId")),
            workflow_id=number(body.get("workflowId")),
            recurring_campaign_id=number(body.get("recurringCampaignId")),
            send_size=number(body.get("sendSize")),
            labels=texts(body.get("labels")),
            list_ids=numbers(body.get("listIds")),
            suppression_list_ids=numbers(body.get("suppressionListIds")),
        )
