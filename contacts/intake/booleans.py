"""Booleans in the spellings that callers use: JSON, Ruby's strings, Marketo's Yes/No, and 1/0."""

from __future__ import annotations

from typing import Any

from contacts.intake.reading import ABSENT, Reading, Unreadable, read_text

SPELLINGS = {
    **dict.fromkeys(("true", "1", "1.0", "yes", "y", "t", "on"), True),
    **dict.fromkeys(("false", "0", "0.0", "no", "n", "f", "off"), False),
}


def read_boolean(value: Any) -> Reading:
    if isinstance(value, bool):
        return value, ""
    if isinstance(value, dict | list):
        raise Unreadable("must be a boolean: send true or false.")
    text, flag = read_text(value)
    if text is None:
        return (None, flag) if flag else ABSENT
    try:
        return SPELLINGS[text.casefold()], ""
    except KeyError:
        raise Unreadable("must be a boolean: send true or false.") from None
