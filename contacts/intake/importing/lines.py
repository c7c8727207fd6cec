"""The lines of a file, whatever it is: CSV with a header, JSON lines, or pages of Marketo's REST API. Streamed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
Told = Callable[[int], None]
"""Told how many characters were read since the last time."""
DELIMITERS = ",;\t|"
LONGEST_FIELD = 1_000_000
QUOTE = "quote what holds the delimiter."
NOT_JSON = "is no JSON object: mend the line."


@dataclass(frozen=True, slots=True)
class Line:
    """`number` as an editor shows it; names of fields are plain: without case, blanks, dashes and underscores."""

    number: int
    fields: Fields
    names: Collection[str]

    def name_of(self, field: str) -> str:
        """As the file spells it."""
        return next((name for name in self.names if plain(name) == field), field)


@dataclass(frozen=True, slots=True)
class Bad:
    """What is wrong with a line, and the mend. Never a whole address."""

    number: int
    field: str
    mend: str
    who: str = ""

    def __str__(self) -> str:
        return f"line {self.number}: {self.field}: {self.mend}" + (f" ({self.who})" if self.who else "")


@lru_cache(maxsize=2_000)
def plain(name: str) -> str:
    return name.strip().strip("\ufeff").casefold().replace("_", "").replace(" ", "").replace("-", "").replace(".", "")


def read_lines(path: Path, told: Told = lambda _characters: None) -> Iterator[Line | Bad]:
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        counted = _counted(file, told)
        first = next((line for line in counted if line.strip()), "")
        if first.lstrip().startswith(("{", "[")):
            yield from _json_lines(first, counted)
        elif first:
            yield from _csv_lines(first, counted)


def header_of(path: Path) -> set[str]:
    """The names of the first line that can be read."""
    for line in read_lines(path):
        if isinstance(line, Line):
            return set(line.fields)
    return set()


def _counted(file: Iterable[str], told: Told) -> Iterator[str]:
    for line in file:
        told(len(line))
        yield line.replace("\0", "")


def _csv_lines(first: str, rest: Iterator[str]) -> Iterator[Line | Bad]:
    delimiter = max(DELIMITERS, key=first.count)
    told = next(csv.reader([first], delimiter=delimiter))
    names = [plain(name) for name in told]
    reader = csv.reader(rest, delimiter=delimiter)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Bad(reader.line_num + 1, "line", f"{error}: mend the line.")
            continue
        if len(values) > len(names):
            yield Bad(reader.line_num + 1, "line", f"has {len(values)} fields, the header {len(names)}: {QUOTE}")
        elif any(values):
            yield Line(reader.line_num + 1, dict(zip(names, values, strict=False)), told)


def _json_lines(first: str, rest: Iterator[str]) -> Iterator[Line | Bad]:
    whole = _parsed(first)
    if whole is None:
        # One document over many lines: a page as it was saved.
        whole = _parsed(first + "".join(rest))
        yield from lines_of(whole, 1) if whole is not None else [Bad(1, "line", NOT_JSON)]
        return
    yield from lines_of(whole, 1)
    for number, line in enumerate(rest, 2):
        if line.strip():
            found = _parsed(line)
            yield from lines_of(found, number) if found is not None else [Bad(number, "line", NOT_JSON)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def lines_of(found: Any, number: int) -> Iterator[Line | Bad]:
    """An object, or several: an array, or a page of Marketo's with its `result`."""
    if isinstance(found, dict) and isinstance(found.get("result"), list):
        found = found["result"]
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            yield Bad(number, "line", NOT_JSON)
            continue
        flat = {**item, **item["dataFields"]} if isinstance(item.get("dataFields"), dict) else item
        yield Line(number, {plain(name): value for name, value in flat.items()}, flat.keys())
