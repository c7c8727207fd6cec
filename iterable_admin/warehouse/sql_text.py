"""SQL cut into pieces: what looks like a placeholder or a semicolon inside a literal or a comment is neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from iterable_admin.errors import Permanent

Dialect = Literal["duckdb", "snowflake"]

# Snowflake has backslashes in literals and `//` for comments; DuckDB has tags between its dollars.
LITERAL = {
    "snowflake": r"'(?:[^'\\]|\\.|'')*'|\$\$.*?\$\$",
    "duckdb": r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$",
}
COMMENT = {"snowflake": r"--[^\n]*|//[^\n]*|/\*.*?\*/", "duckdb": r"--[^\n]*|/\*.*?\*/"}
# The order decides: a literal before the word that its prefix could be, what opens and never closes last.
PIECE = {
    dialect: re.compile(
        rf"(?P<comment>{COMMENT[dialect]})|(?P<literal>{LITERAL[dialect]})|(?P<quoted>\"(?:[^\"]|\"\")*\")"
        r"|(?P<unclosed>['\"]|/\*|\$\$)|(?P<parameter>\$[A-Za-z_]\w*)|(?P<word>[^\W\d][\w$]*)|(?P<number>\d[\w.]*)"
        r"|(?P<space>\s+)|(?P<sign>.)",
        re.DOTALL,
    )
    for dialect in LITERAL
}


class Piece(NamedTuple):
    kind: str
    text: str


def pieces(sql: str, dialect: Dialect) -> Iterator[Piece]:
    """Put together again they are `sql`."""
    for found in PIECE[dialect].finditer(sql):
        kind = next(name for name in PIECE_KINDS if found[name] is not None)
        if kind == "unclosed":
            raise Permanent(f"The query opens {found.group()} and never closes it. Close it.")
        yield Piece(kind, found.group())


PIECE_KINDS = ("comment", "literal", "quoted", "unclosed", "parameter", "word", "number", "space", "sign")
