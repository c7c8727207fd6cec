"""Lists of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, text


@dataclass(frozen=True, slots=True)
class UserList:
    """Also a dynamic one, or one that suppresses: `list_type` tells."""

    id: int
    name: str
    description: str
    list_type: str
    """Standard, Dynamic, Suppression or Internal."""
    created_at: datetime | None
    is_global_suppression_enabled: bool

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            id=int(body["id"]),
            name=text(body.get("name")),
            description=text(body.get("description")),
            list_type=text(body.get("listType")),
            created_at=moment(body.get("createdAt")),
            is_global_suppression_enabled=body.get("isGlobalSuppressionEnabled") is True,
        )
