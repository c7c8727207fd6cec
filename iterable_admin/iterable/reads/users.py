"""People as Iterable holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, mapping, number, numbers, text


@dataclass(frozen=True, slots=True)
class User:
    """A profile. One known by userId alone has no email."""

    email: str | None
    user_id: str | None
    data_fields: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, body: Json) -> Self:
        fields = mapping(body.get("dataFields"))
        return cls(
            email=body.get("email") or fields.get("email"),
            user_id=body.get("userId") or fields.get("userId"),
            data_fields=fields,
        )

    @property
    def unsubscribed_channel_ids(self) -> list[int]:
        return numbers(self.data_fields.get("unsubscribedChannelIds"))

    @property
    def unsubscribed_message_type_ids(self) -> list[int]:
        return numbers(self.data_fields.get("unsubscribedMessageTypeIds"))

    @property
    def subscribed_message_type_ids(self) -> list[int]:
        return numbers(self.data_fields.get("subscribedMessageTypeIds"))

    @property
    def list_ids(self) -> list[int]:
        """`emailListIds` in email-based projects, `userListIds` in the others."""
        return numbers(self.data_fields.get("emailListIds", self.data_fields.get("userListIds")))


@dataclass(frozen=True, slots=True)
class SentMessage:
    message_id: str
    campaign_id: int | None
    template_id: int | None
    created_at: datetime | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            message_id=text(body["messageId"]),
            campaign_id=number(body.get("campaignId")),
            template_id=number(body.get("templateId")),
            created_at=moment(body.get("createdAt")),
        )
