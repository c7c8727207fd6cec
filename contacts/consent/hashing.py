"""The hash of a ledger row: over all of it and the same address's row before, so that no row changes or goes unnoticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from contacts.consent.models import SubscriptionChange

# In this order, for ever: a new column takes a new version of the hash, or old rows no longer verify.
COLUMNS = (
    *("address_key", "target", "target_key", "target_name", "verdict", "basis", "occurred_at", "received_at", "dated_by"),
    *("source", "cause", "cause_id", "actor", "policy", "supersedes_id", "previous_hash"),
)


def hash_of(row: SubscriptionChange) -> str:
    """SHA-256 in hex. The id is not in it, because the database gives it later; seals hold the order."""
    values = [_plain(getattr(row, column)) for column in COLUMNS]
    return sha256(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Moments to the microsecond in UTC, as both databases give them back."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, str) else value
