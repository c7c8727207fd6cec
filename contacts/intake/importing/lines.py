"""The lines of a file, whatever it is: CSV with a header, JSON lines, or pages of Marketo's REST API. Streamed."""

from __future__ import annotations

import codecs
import csv
import json
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
Told = Callable[[int], None]
"""Told how many characters were read since the last time."""
DELIMITERS = ",;\t|"
# So far is read for the end of a quote.
LONGEST_FIELD = 131_072
OPEN_QUOTE = "opens a quote that is not closed: close it, or double it."
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
    with path.open(encoding=_encoding(path), errors="replace", newline="") as file:
        numbered = Numbered(_counted(file, told))
        first = next((line for line in numbered if line.strip()), "")
        numbered.give_back(first)
        if first.lstrip().startswith(("{", "[")):
            yield from _json_lines(numbered)
        elif first:
            yield from _csv_lines(numbered, max(DELIMITERS, key=first.count))


def _encoding(path: Path) -> str:
    """UTF-16 says so itself; what is no UTF-8 is what spreadsheets in western Europe write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        try:
            for chunk in iter(lambda: file.read(LONGEST_FIELD), b""):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


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


class Numbered:
    """The lines of a file. `number` is that of the last one taken, `taken` those since `begin`, which can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.number = lines, 0
        self.back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Numbered:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else next(self.lines)
        self.number += 1
        self.taken.append(line)
        return line

    def begin(self) -> int:
        """Returns the number of the line that comes next."""
        self.taken = []
        return self.number + 1

    def give_back(self, *lines: str) -> None:
        if lines != ("",):
            self.back.extendleft(reversed(lines))
            self.number -= len(lines)


def _csv_lines(lines: Numbered, delimiter: str) -> Iterator[Line | Bad]:
    number = lines.begin()
    try:
        told = next(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        yield Bad(number, "line", f"{error}: mend the header.")
        return
    names = [plain(name) for name in told]
    while True:
        number = lines.begin()
        try:
            values = next(csv.reader(lines, delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error as error:
            yield _first_alone(lines, number, f"{error}: mend the line.")
            continue
        if len(values) > len(names):
            yield _first_alone(lines, number, f"has {len(values)} fields, the header {len(names)}: {QUOTE}")
        elif len(lines.taken) > 1 and _swallowed(values, delimiter, len(names)):
            yield _first_alone(lines, number, OPEN_QUOTE)
        elif any(values):
            yield Line(number, dict(zip(names, values, strict=False)), told)


def _first_alone(lines: Numbered, number: int, mend: str) -> Bad:
    """A quote that is never closed takes the lines after it along: they are read again."""
    several = len(lines.taken) > 1
    lines.give_back(*lines.taken[1:])
    return Bad(number, "line", OPEN_QUOTE if several else mend)


def _swallowed(values: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a field over several lines holds what looks like a line of the table."""
    inner = (line for value in values for line in value.splitlines()[1:])
    return any("@" in line and line.count(delimiter) >= width - 1 for line in inner)


def _json_lines(lines: Numbered) -> Iterator[Line | Bad]:
    number = lines.begin()
    whole = _parsed(next(lines))
    if whole is None:
        # One document over many lines: a page as it was saved. Else the first line is a bad one like any other.
        whole = _parsed("".join([*lines.taken, *lines]))
        if whole is None:
            yield Bad(number, "line", NOT_JSON)
            lines.give_back(*lines.taken[1:])
    yield from lines_of(whole, number) if whole is not None else ()
    for line in lines:
        lines.begin()
        if line.strip():
            found = _parsed(line)
            yield from lines_of(found, lines.number) if found is not None else [Bad(lines.number, "line", NOT_JSON)]


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
