"""Ids of channels, message types, lists and campaigns, in the forms in which they come."""

from __future__ import annotations

import re
from typing import Any

from contacts.intake.reading import Unreadable

LARGEST = 2**63 - 1
MEND = "must be a list of whole numbers, such as [12345]."
_NUMBER = re.compile(r"\d{1,19}(\.0+)?", re.ASCII)


def read_id(value: Any) -> int | None:
    """None is absent; so are blanks and the zero of a typed language."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = int(value.strip().partition(".")[0])
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise Unreadable("must be a whole number.")
    return value or None


def read_ids(value: Any) -> list[int]:
    """Sorted, each once. One id alone, or several in a text with commas, is a list too."""
    if isinstance(value, str):
        value = value.strip().removeprefix("[").removesuffix("]").split(",")
    elif not isinstance(value, list):
        value = [value]
    try:
        found = {read_id(item.strip() if isinstance(item, str) else item) for item in value}
    except Unreadable:
        raise Unreadable(MEND) from None
    return sorted(number for number in found if number is not None)
