"""Channels and message types: what people subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, number, text


@dataclass(frozen=True, slots=True)
class Channel:
    id: int
    name: str
    channel_type: str
    message_medium: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            id=int(body["id"]),
            name=text(body.get("name")),
            channel_type=text(body.get("channelType")),
            message_medium=text(body.get("messageMedium")),
        )


@dataclass(frozen=True, slots=True)
class MessageType:
    id: int
    name: str
    channel_id: int | None
    subscription_policy: str
    created_at: datetime | None
    updated_at: datetime | None
    rate_limit_per_minute: int | None
    frequency_cap: dict[str, Any] | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        cap = body.get("frequencyCap")
        return cls(
            id=int(body["id"]),
            name=text(body.get("name")),
            channel_id=number(body.get("channelId")),
            subscription_policy=text(body.get("subscriptionPolicy")),
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            rate_limit_per_minute=number(body.get("rateLimitPerMinute")),
            frequency_cap=cap if isinstance(cap, dict) else None,
        )
