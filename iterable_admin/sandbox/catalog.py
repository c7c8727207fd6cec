"""What people set up in Iterable's own screens: channels, message types, journeys. A new project is seeded with GitLab's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MARKETING_CHANNEL, TRANSACTIONAL_CHANNEL = 108_642, 108_643
GITLAB_MARKETING, MARKETING_MESSAGE, TRANSACTIONAL = 141_877, 121_452, 121_453
MADE_AT = 1_680_523_200_000
"""Milliseconds, as all times of these objects."""

_TRIAL, _FREE = "SaaS Trials", "SaaS Free Registration"
_DAY = 86_400_000
_JOURNEYS: list[tuple[int, str, list[str], bool]] = [
    (361081, "SaaS Trial Onboarding + Post", [_TRIAL], False),
    (378214, "Free User + Invited Onboarding: Free User", [_FREE], False),
    (378219, "Free User + Invited Onboarding: Invited User", [_FREE], False),
    (542021, "Ultimate + Duo Enterprise Trial (new or existing Free)", [_TRIAL], False),
    (547740, "Ultimate + Duo Enterprise Trial (existing Premium)", [_TRIAL], False),
    (543584, "Duo Enterprise Trial (stand-alone)", [_TRIAL], False),
    (469713, "Duo Pro Trial (stand-alone)", [_TRIAL], False),
    (438798, "Localised Trial Routing", [_TRIAL], False),
    (444999, "Localised Trial: French", [_TRIAL], False),
    (443446, "Localised Trial: German", [_TRIAL], False),
    (432466, "Localised Trial: Japanese", [_TRIAL], False),
    (469715, "Invited Users: Duo Pro Seat Allocation", [], False),
    (352907, "SaaS Trial Onboarding (2023 pilot)", [_TRIAL], True),
]


@dataclass(slots=True)
class Catalog:
    """Each list holds the objects as the read endpoints give them."""

    channels: list[dict[str, Any]]
    message_types: list[dict[str, Any]]
    journeys: list[dict[str, Any]]

    def channel(self, channel_id: int) -> dict[str, Any] | None:
        return next((c for c in self.channels if c["id"] == channel_id), None)

    def message_type(self, type_id: int) -> dict[str, Any] | None:
        return next((m for m in self.message_types if m["id"] == type_id), None)


def seed_catalog() -> Catalog:
    return Catalog(
        channels=[
            _channel(MARKETING_CHANNEL, "Marketing Channel", "Marketing"),
            _channel(TRANSACTIONAL_CHANNEL, "Transactional Channel", "Transactional"),
        ],
        message_types=[
            _message_type(GITLAB_MARKETING, "GitLab Marketing", MARKETING_CHANNEL, "OptIn"),
            _message_type(MARKETING_MESSAGE, "Marketing Message", MARKETING_CHANNEL, "OptOut"),
            _message_type(TRANSACTIONAL, "Transactional", TRANSACTIONAL_CHANNEL, "OptOut"),
        ],
        journeys=[_journey(order, *row) for order, row in enumerate(_JOURNEYS)],
    )


def _channel(channel_id: int, name: str, kind: str) -> dict[str, Any]:
    return {"id": channel_id, "name": name, "channelType": kind, "messageMedium": "Email"}


def _message_type(type_id: int, name: str, channel_id: int, policy: str) -> dict[str, Any]:
    return {
        "id": type_id,
        "name": name,
        "channelId": channel_id,
        "createdAt": MADE_AT,
        "updatedAt": MADE_AT,
        "subscriptionPolicy": policy,
    }


def _journey(order: int, journey_id: int, name: str, triggers: list[str], archived: bool) -> dict[str, Any]:
    made, changed = MADE_AT + order * _DAY, MADE_AT + (order + 30) * _DAY
    return {
        "id": journey_id,
        "name": name,
        "description": f"{name}: education by mail",
        "enabled": not archived,
        "isArchived": archived,
        "journeyType": "Published",
        "createdAt": made,
        "updatedAt": changed,
        "creatorUserId": "akara@example.com",
        "startTileId": journey_id * 10 + 1,
        "triggerEventNames": triggers,
        "lifetimeLimit": 1,
        "simultaneousLimit": 1,
        "draft": {
            "id": journey_id + 400_000,
            "name": f"{name} (draft)",
            "createdAt": changed,
            "updatedAt": changed + _DAY,
            "creatorUserId": "akara@example.com",
        },
    }
