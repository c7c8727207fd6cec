"""People, and what is written to their profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iterable_admin.iterable.identity import identity
from iterable_admin.iterable.writes.given import given

MANAGED_FIELDS = frozenset(
    {
        "devices",
        "emailListIds",
        "itblDS",
        "itblInternal",
        "itblUserId",
        "profileUpdatedAt",
        "receivedSMSDisclaimer",
        "signupDate",
        "signupSource",
        "subscribedMessageTypeIds",
        "unsubscribedChannelIds",
        "unsubscribedMessageTypeIds",
        "userListIds",
    }
)
"""Iterable keeps these itself: nobody else writes them. Those who decide what is sent leave them out; the client does not."""


@dataclass(frozen=True, slots=True)
class Person:
    email: str | None = None
    user_id: str | None = None

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        return dict(identity(self.email, self.user_id))


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """Merged into the profile at top level: absent fields stay, None deletes a field, arrays are replaced whole."""

    data_fields: dict[str, Any]
    email: str | None = None
    user_id: str | None = None
    merge_nested_objects: bool = False
    """One level deep, and never arrays."""
    prefer_user_id: bool = False
    """In email-based projects, lets an unknown userId make a profile with an invented address; nowhere else heeded."""

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        body = identity(self.email, self.user_id) | {
            "dataFields": self.data_fields,
            "mergeNestedObjects": self.merge_nested_objects,
        }
        return body | ({"preferUserId": True} if self.prefer_user_id else {})


@dataclass(frozen=True, slots=True)
class ArrayMerge:
    """An array whose elements survive the merge of two people; one that is not named is lost with its profile."""

    field: str
    dedupe_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        return given(field=self.field, dedupeBy=self.dedupe_by)
