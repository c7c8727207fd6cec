"""Two queries side by side, clause by clause: a query may stand on one long line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff

CLAUSE = re.compile(r"\s+(?=(?:FROM|WHERE|AND|OR|GROUP BY|ORDER BY|HAVING|QUALIFY|LIMIT|LEFT|INNER|JOIN|UNION)\b)", re.IGNORECASE)
SIGNS = {"- ": ("-", "removed"), "+ ": ("+", "added"), "  ": (" ", "")}


@dataclass(frozen=True, slots=True)
class Piece:
    sign: str
    word: str
    text: str


def query_diff(old: str, new: str) -> list[Piece]:
    return [Piece(*SIGNS[line[:2]], line[2:]) for line in ndiff(list(_broken(old)), list(_broken(new))) if line[:2] in SIGNS]


def _broken(query: str) -> Iterator[str]:
    for line in CLAUSE.sub("\n", query).splitlines():
        yield from (part.rstrip() for part in re.split(r"(?<=,)\s+", line) if part.strip())
