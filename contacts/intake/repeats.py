"""What makes two requests of one source the same: an id the caller gave, or else person, event and day."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from contacts.intake.understanding import Meaning

# Iterable's rule for event ids: alphanumerics and hyphens, at most 512 bytes.
ITERABLE_ID = re.compile(r"[A-Za-z0-9-]{1,512}")
UNFIT_ID = "id: not fit for Iterable (letters, digits and hyphens, at most 512), used here to tell repeats apart only"


def read_id(value: Any) -> str:
    """The caller's id as text; blank is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def is_iterable_id(caller_id: str) -> bool:
    return ITERABLE_ID.fullmatch(caller_id) is not None


def implicit_key(meaning: Meaning, received_at: datetime) -> str:
    name = meaning.event_type.name if meaning.event_type else meaning.name.casefold()
    return "\x1f".join(("day", meaning.lane, name, _day(meaning, received_at)))


def implicit_content(meaning: Meaning) -> bytes:
    """What was said, however it was spelled: a second call that only writes the address in capitals says the same."""
    said = [meaning.fields, meaning.opt_in, meaning.user_id]
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _day(meaning: Meaning, received_at: datetime) -> str:
    named = meaning.event_type.day_field if meaning.event_type else ""
    if named and meaning.fields.get(named):
        return str(meaning.fields[named])[:10]
    return (meaning.created_at or received_at).astimezone(UTC).date().isoformat()
