"""Tables as pages show them, and the same as Markdown in which no word of anybody becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

# GitLab and GitHub read these inside a cell; a bar would end it, and a new line the row.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$#@!&])")
# At the beginning of a line these make a list, or a heading of the line before.
FIRST = re.compile(r"^(\d*)([-+=.)])")
# Of a link: brackets would end it, and anything else is as it was.
KEPT = "/:?&=#%+,;@!~*'$"


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str = ""


Row = Sequence[Cell | str]


@dataclass(frozen=True, slots=True)
class Table:
    heads: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    about: str
    tables: Sequence[Table]


def document(title: str, about: str, sections: Sequence[Section]) -> str:
    parts = [f"# {escaped(title)}", escaped(about)]
    for section in sections:
        parts += [f"## {escaped(section.title)}", *([escaped(section.about)] if section.about else [])]
        parts += [as_markdown(table) for table in section.tables]
    return "\n\n".join(parts) + "\n"


def as_markdown(table: Table) -> str:
    if not table.rows:
        return "None."
    lines = [[escaped(head) for head in table.heads], ["---"] * len(table.heads)]
    lines += [[_cell(cell) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return escaped(cell)
    return f"[{escaped(cell.text)}]({quote(cell.url, safe=KEPT)})" if cell.url else escaped(cell.text)


def escaped(text: str) -> str:
    """On one line, and read as it stands."""
    return FIRST.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", " ".join(text.split())))
