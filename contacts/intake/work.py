from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contacts.intake.models import EventType
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event


@dataclass(slots=True)
class Work:
    """One event that goes on, with what it found on the way."""

    event: Event
    event_type: EventType
    fields: dict[str, Any]  # of the event, in the outgoing form
    profile: dict[str, Any] = field(default_factory=dict)  # what of them the profile gets
    flags: list[str] = field(default_factory=list)
    email: str = ""  # where the person is now, which for late news is not what the event says
    lane: str = ""
    moved: bool = False  # to the event's address, by the event

    def __post_init__(self) -> None:
        self.go_to(self.email or self.event.email)

    @property
    def late(self) -> bool:
        return self.lane != self.event.lane

    @property
    def tells_address(self) -> bool:
        """An address that we found by the user id ourselves is no news of it."""
        return bool(self.event.payload.get("email_as_received"))

    @property
    def user_id(self) -> int | None:
        """GitLab's."""
        return self.event.payload.get("gitlab_user_id") or None

    @property
    def at(self) -> datetime:
        """When it happened; a clock that is ahead of ours does not date it later than its receipt."""
        return min(self.event.occurred_at or self.event.received_at, self.event.received_at)

    def go_to(self, email: str) -> None:
        self.email, self.lane = email, self.event.lane if email == self.event.email else address_key(email)
