"""What is read from Iterable: unknown keys are ignored, missing ones tolerated, except an id.

An entry without an id raises, rather than being left out: what is missing from a list counts as deleted in Iterable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Json = Mapping[str, Any]


def moment(milliseconds: object) -> datetime | None:
    """Iterable's objects carry epoch milliseconds (its events, on the way in, seconds)."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        return None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _numbers(value: object) -> list[int]:
    return [item for item in value if _number(item) is not None] if isinstance(value, list) else []


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
            name=_text(body.get("name")),
            channel_type=_text(body.get("channelType")),
            message_medium=_text(body.get("messageMedium")),
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
            name=_text(body.get("name")),
            channel_id=_number(body.get("channelId")),
            subscription_policy=_text(body.get("subscriptionPolicy")),
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            rate_limit_per_minute=_number(body.get("rateLimitPerMinute")),
            frequency_cap=cap if isinstance(cap, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class Journey:
    id: int
    name: str
    description: str
    enabled: bool
    is_archived: bool
    journey_type: str
    created_at: datetime | None
    updated_at: datetime | None
    creator_user_id: str
    start_tile_id: int | None
    trigger_event_names: list[str]
    lifetime_limit: int | None
    simultaneous_limit: int | None
    draft: dict[str, Any] | None

    @classmethod
    def parse(cls, body: Json, *, archived: bool = False) -> Self:
        """`archived` says what was asked for, and counts where the entry itself is silent."""
        triggers, draft = body.get("triggerEventNames"), body.get("draft")
        return cls(
            id=int(body["id"]),
            name=_text(body.get("name")),
            description=_text(body.get("description")),
            enabled=body.get("enabled") is True,
            is_archived=bool(body.get("isArchived", archived)),
            journey_type=_text(body.get("journeyType")),
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            creator_user_id=_text(body.get("creatorUserId")),
            start_tile_id=_number(body.get("startTileId")),
            trigger_event_names=[str(name) for name in triggers] if isinstance(triggers, list) else [],
            lifetime_limit=_number(body.get("lifetimeLimit")),
            simultaneous_limit=_number(body.get("simultaneousLimit")),
            draft=draft if isinstance(draft, dict) else None,
        )


@dataclass(frozen=True, slots=True)
class User:
    """A profile. One known by userId alone has no email."""

    email: str | None
    user_id: str | None
    data_fields: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, body: Json) -> Self:
        found = body.get("dataFields")
        fields = found if isinstance(found, dict) else {}
        return cls(
            email=body.get("email") or fields.get("email"),
            user_id=body.get("userId") or fields.get("userId"),
            data_fields=fields,
        )

    @property
    def unsubscribed_channel_ids(self) -> list[int]:
        return _numbers(self.data_fields.get("unsubscribedChannelIds"))

    @property
    def unsubscribed_message_type_ids(self) -> list[int]:
        return _numbers(self.data_fields.get("unsubscribedMessageTypeIds"))

    @property
    def subscribed_message_type_ids(self) -> list[int]:
        return _numbers(self.data_fields.get("subscribedMessageTypeIds"))

    @property
    def list_ids(self) -> list[int]:
        """`emailListIds` in email-based projects, `userListIds` in the others."""
        return _numbers(self.data_fields.get("emailListIds", self.data_fields.get("userListIds")))
