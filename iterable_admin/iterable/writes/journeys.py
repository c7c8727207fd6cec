"""What sets a journey going."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from iterable_admin.iterable.identity import identity
from iterable_admin.iterable.writes.given import given


@dataclass(frozen=True, slots=True)
class JourneyTrigger:
    """For one person, or for everybody on a list: one of the three. Lists run one at a time for each journey."""

    workflow_id: int
    email: str | None = None
    user_id: str | None = None
    list_id: int | None = None
    data_fields: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [found for found in (self.email, self.user_id, self.list_id) if found is not None]
        # None of them is answered by a GenericError, which reads like a fault of Iterable's.
        if len(named) != 1:
            raise ValueError("a journey is triggered for an email, a user_id or a list_id: one of them")
        if self.list_id is None:
            identity(self.email, self.user_id)

    def as_json(self) -> dict[str, Any]:
        person = identity(self.email, self.user_id) if self.list_id is None else {}
        return given(workflowId=self.workflow_id, listId=self.list_id, dataFields=self.data_fields or None) | person
