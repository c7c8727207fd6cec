"""Events of a project's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iterable_admin.iterable.identity import identity
from iterable_admin.iterable.moments import sent_seconds
from iterable_admin.iterable.writes.given import given


@dataclass(frozen=True, slots=True)
class TrackedEvent:
    event_name: str
    data_fields: dict[str, Any]
    email: str | None = None
    user_id: str | None = None
    id: str | None = None
    """Makes the event repeatable: Iterable updates the event that already has this id (at most 512 bytes)."""
    created_at: int | datetime | None = None
    """Sent as Unix seconds, as Iterable's own SDK does; None lets Iterable stamp it on receipt."""
    campaign_id: int | None = None
    template_id: int | None = None
    create_new_fields: bool | None = None
    """None leaves it to the project's setting."""

    def __post_init__(self) -> None:
        identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = identity(self.email, self.user_id)
        body |= {"eventName": self.event_name, "dataFields": self.data_fields}
        return body | given(
            id=self.id,
            # A zero would be stamped as 1970.
            createdAt=sent_seconds(self.created_at) if self.created_at else None,
            campaignId=self.campaign_id,
            templateId=self.template_id,
            createNewFields=self.create_new_fields,
        )
