"""Which rows of a refused bulk call hold the value that Iterable refused.

One value of the wrong type refuses the whole call, but the answer names the field and the value
(`params.validationErrors`), so that the innocent rows can be sent again without the guilty ones.
"""

from __future__ import annotations

import json
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
        field=field,
        expected=str(detail.get("expectedType", "")),
        incoming=tuple(map(str, incoming)) if isinstance(incoming, list) else (),
        offending_value=detail.get("offendingValue"),
        category=str(detail.get("category", "")),
    )


def offending_rows(rows: Sequence[Mapping[str, object]], mismatches: Iterable[FieldMismatch]) -> set[int]:
    """The indices of the rows (each a dataFields) that hold an offending value; empty if none can be singled out."""
    named = [found for found in mismatches if found.offending_value is not None]
    return {index for index, row in enumerate(rows) if any(_holds(row, mismatch) for mismatch in named)}


def _holds(row: Mapping[str, object], mismatch: FieldMismatch) -> bool:
    return any(_same(value, mismatch.offending_value) for value in _values_at(row, mismatch.field))


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
