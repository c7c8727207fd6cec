"""Which field got a value of the wrong type, and what it expected, as a refusal tells it in `params.validationErrors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLACE = re.compile(r"\[\d+\]")
"""In an array."""


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
