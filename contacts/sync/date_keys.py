"""Namespace keys that Iterable holds as dates: a type is fixed at its first write, so that what is a date there stays one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from contacts.sync.outgoing import Information, iterable_moment


def dated(information: Information, date_keys: Collection[str]) -> Information:
    if not date_keys:
        return information
    return {key: _as_date(value) if key in date_keys else value for key, value in information.items()}


def _as_date(value: Any) -> Any:
    """What is no time is left for Iterable to refuse."""
    try:
        return iterable_moment(datetime.fromisoformat(value))
    except ValueError:
        return value
