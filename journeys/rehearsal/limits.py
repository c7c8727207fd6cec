"""Who may not enter once more: so many entries ever, and so many at a time, for each person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

Entry = tuple[Any, int, Any, Any]
"""Person, number of the entry, when it began, when it ended."""


def refused(entries: Iterable[Entry], lifetime: int | None, simultaneous: int | None) -> Iterator[int]:
    """Of entries in order of person and beginning: the numbers of those that a limit refuses. Who was refused was never in."""
    for _, theirs in groupby(entries, key=lambda entry: entry[0]):
        taken: list[Any] = []
        for _, number, began, ended in theirs:
            under_way = sum(end > began for end in taken)
            if (lifetime is not None and len(taken) >= lifetime) or (simultaneous is not None and under_way >= simultaneous):
                yield number
            else:
                taken.append(ended)
