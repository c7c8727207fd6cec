"""What became of each row of a bulk call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from iterable_admin.iterable.calls import Call


class Outcome(StrEnum):
    DELIVERED = "delivered"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    FORGOTTEN = "forgotten"
    CONFLICT = "conflict"
    WRONG_TYPE = "wrong_type"
    NO_OP = "no_op"
    DISALLOWED = "disallowed"
    RETRYABLE = "retryable"
    UNKNOWN = "unknown"
    """Iterable counted failures that it did not name, and this row may be one of them."""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class BulkResult:
    rows: list[RowOutcome]
    """In the caller's order."""
    call: Call
    created_fields: list[str] = field(default_factory=list)
    filtered_out_fields: list[str] = field(default_factory=list)
    """Silently dropped by Iterable: the project does not take new fields."""
    disallowed_event_names: list[str] = field(default_factory=list)
