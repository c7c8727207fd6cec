"""What may be asked of a source: one SELECT, and nothing beside it."""

from __future__ import annotations

import re

import duckdb

from iterable_admin.errors import Permanent

ONE_SELECT = "The query has to be one SELECT, or WITH … SELECT, and nothing beside it: {why}."
# What is no code: strings, quoted names, comments, and Snowflake's $$ strings. Then a parameter of ours.
TOKENS = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$)|\$([A-Za-z_]\w*)""", re.DOTALL)
BEGINS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)


def check_query(sql: str) -> None:
    """Permanent, with the reason. What only Snowflake's grammar knows is judged by its words."""
    code = TOKENS.sub(lambda found: " " if found[1] and found[1][:2] in ("--", "/*") else found[0], sql)
    if not BEGINS.match(code):
        raise Permanent(ONE_SELECT.format(why="it does not begin with SELECT or WITH"))
    if ";" in TOKENS.sub(" ", code).rstrip().rstrip(";"):
        raise Permanent(ONE_SELECT.format(why="it holds more than one statement"))
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(code)]
    except duckdb.Error:
        return
    if kinds != [duckdb.StatementType.SELECT]:
        raise Permanent(ONE_SELECT.format(why="it does something else than read"))


def named_parameters(sql: str) -> list[str]:
    """`$name` in the order of their places, less those inside strings and comments."""
    return [found[2] for found in TOKENS.finditer(sql) if found[2]]


def with_question_marks(sql: str) -> str:
    """The same query with `?` for each `$name`, as a server binds them by their places."""
    return TOKENS.sub(lambda found: found[1] or "?", sql)
