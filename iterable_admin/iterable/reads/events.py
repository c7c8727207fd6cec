"""Events as Iterable holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from iterable_admin.iterable.moments import moment
from iterable_admin.iterable.reads.leniently import Json, mapping, text


@dataclass(frozen=True, slots=True)
class UserEvent:
    event_type: str
    event_name: str
    """Empty for Iterable's own events, which have a type alone."""
    created_at: datetime | None
    data_fields: dict[str, Any]
    body: dict[str, Any]
    """All of it: Iterable's own events keep their particulars (campaignId, messageId, url …) at top level."""

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            event_type=text(body.get("eventType")),
            event_name=text(body.get("eventName")),
            created_at=moment(body.get("createdAt")),
            data_fields=mapping(body.get("dataFields")),
            body=dict(body),
        )
