"""Whether a value fits a field of Iterable's, as far as that is certain from here: the rest is for Iterable to judge."""

from __future__ import annotations

import re
from collections.abc import Mapping

from iterable_admin.iterable.mismatches import FieldMismatch

# What Iterable calls a type, and what stands for the same in its answers.
SYNONYMS = {"keyword": "string", "text": "string", "integer": "long", "int": "long", "float": "double", "number": "double"}
BEGINS_AS_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Pairs of a value's type and a field's that no server makes one of the other. Not among them: numbers in a text field.
NEVER_FITS = {
    *(("boolean", expected) for expected in ("date", "long", "double", "object")),
    *(("object", expected) for expected in ("date", "long", "double", "boolean", "string")),
    *((number, expected) for number in ("long", "double") for expected in ("boolean", "object")),
}


def kind_of(value: object) -> str:
    """The type of a single value as JSON tells it; a date is a string there."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long"
    if isinstance(value, float):
        return "double"
    return "object" if isinstance(value, Mapping) else "string"


def is_of(value: object, expected: str) -> bool:
    """Whether it is of the expected type beyond doubt; a whole number may feed a double."""
    expected, kind = SYNONYMS.get(expected, expected), kind_of(value)
    return not isinstance(value, list | tuple) and (kind == expected or (kind, expected) == ("long", "double"))


def misfits(value: object, mismatch: FieldMismatch) -> bool:
    """Whether it certainly fits no better than the offender; what is not certain is left for Iterable to judge."""
    expected = SYNONYMS.get(mismatch.expected, mismatch.expected)
    if value is None or isinstance(value, list | tuple) or is_of(value, expected):
        return False
    kind = kind_of(value)
    if kind == "string":
        return _text_misfits(str(value), expected, mismatch.offending_value)
    return (kind, expected) in NEVER_FITS or (bool(expected) and kind in {SYNONYMS.get(name, name) for name in mismatch.incoming})


def _text_misfits(text: str, expected: str, offender: object) -> bool:
    if expected == "date":
        return BEGINS_AS_A_DATE.match(text) is None
    if expected not in ("long", "double", "boolean", "object"):
        return False
    # If a text that reads as a number was refused, no text is taken for one.
    return not _reads_as(text, expected) or (isinstance(offender, str) and _reads_as(offender, expected))


def _reads_as(text: str, expected: str) -> bool:
    if expected == "boolean":
        return text.strip().lower() in ("true", "false")
    if expected == "object":
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True
