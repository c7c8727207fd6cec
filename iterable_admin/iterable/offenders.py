"""Which rows of a refused bulk call hold the value that Iterable refused.

One value of the wrong type refuses the whole call, but the answer names the field and the value, so that the innocent
rows can be sent again without the guilty ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from iterable_admin.iterable.fitting import is_of, misfits
from iterable_admin.iterable.mismatches import FieldMismatch


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
