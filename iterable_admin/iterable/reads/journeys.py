"""Journeys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, number, text, texts


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
        draft = body.get("draft")
        return cls(
            id=int(body["id"]),
            name=text(body.get("name")),
            description=text(body.get("description")),
            enabled=body.get("enabled") is True,
            is_archived=archived if body.get("isArchived") is None else bool(body["isArchived"]),
            journey_type=text(body.get("journeyType")),
            created_at=moment(body.get("createdAt")),
            updated_at=moment(body.get("updatedAt")),
            creator_user_id=text(body.get("creatorUserId")),
            start_tile_id=number(body.get("startTileId")),
            trigger_event_names=texts(body.get("triggerEventNames")),
            lifetime_limit=number(body.get("lifetimeLimit")),
            simultaneous_limit=number(body.get("simultaneousLimit")),
            draft=draft if isinstance(draft, dict) else None,
        )
