"""Which rows of a refused bulk call hold the value that Iterable refused.

One value of the wrong type refuses the whole call, but the answer names the field and the value
(`params.validationErrors`), so that the innocent rows can be sent again without the guilty ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldMismatch:
    field: str
    """Dotted for nested fields, as in users/getFields."""
    expected: str
    incoming: tuple[str, ...]
    offending_value: object
    category: str


def parse_mismatches(validation_errors: object) -> list[FieldMismatch]:
    """From `{"<field>": {incomingTypes, expectedType, category, offendingValue, _type}}`, leniently."""
    if not isinstance(validation_errors, Mapping):
        return []
    return [
        _parse_one(str(field), detail)
        for field, found in validation_errors.items()
        for detail in (found if isinstance(found, list) else [found])
        if isinstance(detail, Mapping)
    ]


def _parse_one(field: str, detail: Mapping[str, object]) -> FieldMismatch:
    incoming = detail.get("incomingTypes")
    return FieldMismatch(
        # Without what leads to the row, and without places in arrays.
        field=PLACE.sub("", field.rpartition("dataFields.")[2]),
        expected=str(detail.get("expectedType", "")),
        incoming=tuple(map(str, incoming)) if isinstance(incoming, list) else (),
        offending_value=detail.get("offendingValue"),
        category=str(detail.get("category", "")),
    )


def offending_rows(rows: Sequence[Mapping[str, object]], mismatches: Iterable[FieldMismatch]) -> set[int]:
    """The indices of the rows (each a dataFields) that hold an offending value, or one that certainly fits no better.

    An answer may name one value of many; the type it expected tells of the others. Empty if none can be singled out.
    """
    named = list(mismatches)
    return {index for index, row in enumerate(rows) if any(_holds(row, mismatch) for mismatch in named)}


def _holds(row: Mapping[str, object], mismatch: FieldMismatch) -> bool:
    return any(_is_offender(value, mismatch) or misfits(value, mismatch) for value in _values_at(row, mismatch.field))


def _is_offender(value: object, mismatch: FieldMismatch) -> bool:
    offender = mismatch.offending_value
    return offender is not None and _same(value, offender) and not is_of(value, mismatch.expected)


def _values_at(node: object, path: str) -> Iterator[object]:
    """Every value under a dotted path, through objects and arrays; a key may itself hold a dot."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from _values_at(item, path)
    elif isinstance(node, Mapping):
        if path in node:
            yield from _with_elements(node[path])
        for position in (at for at, letter in enumerate(path) if letter == "."):
            yield from _values_at(node.get(path[:position]), path[position + 1 :])


def _with_elements(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, list | tuple):
        yield from value


def _same(ours: object, theirs: object) -> bool:
    # Python holds True for equal to 1; the two are different types to Iterable.
    if isinstance(ours, bool) is isinstance(theirs, bool) and ours == theirs:
        return True
    return _string_form(ours) == _string_form(theirs)


def _string_form(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)


# What Iterable calls a type, and what stands for the same in its answers.
SYNONYMS = {"keyword": "string", "text": "string", "integer": "long", "int": "long", "float": "double", "number": "double"}
PLACE = re.compile(r"\[\d+\]")
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
