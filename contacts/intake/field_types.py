"""Values by the type that an event type declares for a field. Iterable fixes a field's type at its first write."""

from __future__ import annotations

import math
from typing import Any

from contacts.intake.booleans import read_boolean
from contacts.intake.dates import read_date, read_datetime
from contacts.intake.reading import Reader, Reading, Unreadable, read_text

WHOLE_MEND = "must be a whole number: send a JSON integer."
NUMBER_MEND = "must be a number: send a JSON number."
# Iterable keeps whole numbers as a long.
LARGEST = 2**63 - 1


def read_integer(value: Any) -> Reading:
    number, flag = read_number(value, WHOLE_MEND)
    if number is None:
        return None, flag
    if number != int(number) or abs(number) > LARGEST:
        raise Unreadable(WHOLE_MEND)
    return int(number), ""


def read_number(value: Any, mend: str = NUMBER_MEND) -> Reading:
    if isinstance(value, bool | dict | list):
        raise Unreadable(mend)
    if isinstance(value, int):
        return value, ""
    text, flag = read_text(value)
    if text is None:
        return None, flag
    return _number(text, mend), ""


def _number(text: str, mend: str) -> int | float:
    try:
        number = int(text) if text.lstrip("+-").isdecimal() else float(text)
        finite = math.isfinite(number)
    except (ValueError, OverflowError):
        raise Unreadable(mend) from None
    if not finite:
        raise Unreadable(mend)
    return number


def read_object(value: Any) -> Reading:
    if value is None or isinstance(value, dict):
        return value, ""
    raise Unreadable("must be a JSON object.")


def read_array(value: Any) -> Reading:
    """A single value is a list of one: a field that is once a scalar and once an array would be refused by its type."""
    if value is None or isinstance(value, list):
        return value, ""
    return [value], ""


READERS: dict[str, Reader] = {
    "string": read_text,
    "boolean": read_boolean,
    "integer": read_integer,
    "number": read_number,
    "date": read_date,
    "datetime": read_datetime,
    "object": read_object,
    "array": read_array,
}
