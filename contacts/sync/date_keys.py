"""Which namespace keys Iterable holds as dates: a type is fixed at its first write, so that what is a date there stays one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import structlog

from contacts.sync.models import SyncDefinition
from contacts.sync.outgoing import FIELD, Information
from iterable_admin.errors import Problem
from iterable_admin.outbox.connection import connect

# Strings as received, unless Iterable has made dates of them.
MAYBE_DATES = ("CREATED_AT", "TRIAL_START_DATE")

log = structlog.get_logger(__name__)


def learn_date_keys(definition: SyncDefinition) -> None:
    """Asks Iterable, and changes `definition` without saving it. Unanswered, what was known before still holds."""
    try:
        types = connect().users.fields()
    except Problem as problem:
        log.warning("sync.field_types_not_learnt", reason=str(problem))
        return
    definition.date_keys = [key for key in MAYBE_DATES if types.get(f"{FIELD}.{key}") == "date"]


def dated(information: Information, date_keys: Collection[str]) -> Information:
    if not date_keys:
        return information
    return {key: _as_date(value) if key in date_keys else value for key, value in information.items()}


def _as_date(value: Any) -> Any:
    """`yyyy-MM-dd HH:mm:ss +00:00`: Iterable takes fractions only beside a T. What is no time is left for it to refuse."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    in_utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{in_utc:%Y-%m-%d %H:%M:%S} +00:00"
