"""What is written to Iterable, each in the form of its request body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iterable_admin.iterable.identity import identity


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """Merged into the profile at top level: absent fields stay, None deletes a field, arrays are replaced whole."""

    data_fields: dict[str, Any]
    email: str | None = None
    user_id: str | None = None
    merge_nested_objects: bool = False

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        return identity(self.email, self.user_id) | {
            "dataFields": self.data_fields,
            "mergeNestedObjects": self.merge_nested_objects,
        }


@dataclass(frozen=True, slots=True)
class TrackedEvent:
    event_name: str
    data_fields: dict[str, Any]
    email: str | None = None
    user_id: str | None = None
    id: str | None = None
    """Makes the event repeatable: Iterable updates the event that already has this id (at most 512 bytes)."""
    created_at: int | None = None
    """Unix seconds, as Iterable's own SDK sends; None lets Iterable stamp it on receipt."""

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = identity(self.email, self.user_id)
        body |= {"eventName": self.event_name, "dataFields": self.data_fields}
        if self.id is not None:
            body["id"] = self.id
        # A zero would be stamped as 1970.
        if self.created_at:
            body["createdAt"] = self.created_at
        return body


@dataclass(frozen=True, slots=True)
class SubscriptionUpdate:
    """Overwrites every list that is given: None leaves a list as it is, [] clears it."""

    email: str | None = None
    user_id: str | None = None
    email_list_ids: list[int] | None = None
    unsubscribed_channel_ids: list[int] | None = None
    unsubscribed_message_type_ids: list[int] | None = None
    subscribed_message_type_ids: list[int] | None = None
    validate_channel_alignment: bool | None = None

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        given = {
            "emailListIds": self.email_list_ids,
            "unsubscribedChannelIds": self.unsubscribed_channel_ids,
            "unsubscribedMessageTypeIds": self.unsubscribed_message_type_ids,
            "subscribedMessageTypeIds": self.subscribed_message_type_ids,
            "validateChannelAlignment": self.validate_channel_alignment,
        }
        return identity(self.email, self.user_id) | {name: value for name, value in given.items() if value is not None}
