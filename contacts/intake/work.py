from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contacts.intake.models import EventType
from iterable_admin.inbox.models import Event


@dataclass(slots=True)
class Work:
    """One event that goes on, with what it found on the way."""

    event: Event
    event_type: EventType
    fields: dict[str, Any]  # of the event, in the outgoing form
    profile: dict[str, Any] = field(default_factory=dict)  # what of them the profile gets
    flags: list[str] = field(default_factory=list)
