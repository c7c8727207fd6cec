"""What every reader of a single value agrees on: absent, read, read with a remark, or not readable."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class Unreadable(Exception):
    """This value cannot be understood; the text says what to send instead. It never repeats the value, which may be personal."""


# What was understood (None: absent), and what was odd about it ("": nothing).
Reading = tuple[Any, str]
Reader = Callable[[Any], Reading]

ABSENT: Reading = (None, "")

# Marketo leaves a token that it cannot fill literally in the text: {{lead.Foo}}.
UNRESOLVED_TOKEN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
# Marketo's placeholder for a required field that nobody filled.
PLACEHOLDER = "[[unknown]]"
UNRESOLVED = "unresolved token, taken as absent"


def read_text(value: Any) -> Reading:
    """Trimmed text; blank, the placeholder and unresolved tokens are absent."""
    if value is None:
        return ABSENT
    if not isinstance(value, str):
        value = _number_as_text(value)
    text = value.strip()
    if not text or text.casefold() == PLACEHOLDER:
        return ABSENT
    if "{{" in text and UNRESOLVED_TOKEN.search(text):
        return None, UNRESOLVED
    return text, ""


def _number_as_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable("must be text: send a JSON string.")
    return str(value)
