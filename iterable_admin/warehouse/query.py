"""A query may read, once: whatever else it holds is refused before a warehouse sees it."""

from __future__ import annotations

from itertools import pairwise

import duckdb

from iterable_admin.errors import Permanent
from iterable_admin.warehouse.sql_text import Dialect, Piece, pieces

WRITE_ONE = "Write one SELECT, or WITH … SELECT."
CHANGES = {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "CREATE", "ALTER", "DROP", "COPY", "CALL", "EXECUTE"}


def check_query(sql: str, dialect: Dialect = "duckdb") -> None:
    """Raises Permanent unless `sql` is exactly one SELECT."""
    said = [piece for piece in pieces(sql, dialect) if piece.kind not in ("comment", "space")]
    while said and said[-1].text == ";":
        said.pop()
    check_that_it_reads(said)
    check_that_it_changes_nothing(said)
    if dialect == "duckdb":
        check_with_parser(sql)
    else:
        check_snowflake(said)


def check_that_it_reads(said: list[Piece]) -> None:
    if not said:
        raise Permanent(f"The query is empty. {WRITE_ONE}")
    if any(piece == ("sign", ";") for piece in said):
        raise Permanent(f"The query is more than one statement. {WRITE_ONE}")
    first = next((piece.text.upper() for piece in said if piece.text != "("), "")
    if first not in ("SELECT", "WITH"):
        raise Permanent(f"The query begins with {first[:20]} and has to be exactly one SELECT. {WRITE_ONE}")


def check_that_it_changes_nothing(said: list[Piece]) -> None:
    """`WITH … INSERT` and `WITH x AS (INSERT … RETURNING *) SELECT` both begin like a query."""
    depth, main = 0, None
    for piece, following in pairwise([*said, Piece("sign", "")]):
        depth += {"(": 1, ")": -1}.get(piece.text, 0)
        verb = following.text.upper() if following.kind == "word" else ""
        if piece.text == "(" and verb in CHANGES and not _is_call(said, following):
            raise Permanent(f"The query holds {verb}, and may only read. {WRITE_ONE}")
        if depth == 0 and main is None and piece.kind == "word" and piece.text.upper() in CHANGES | {"SELECT"}:
            main = piece.text.upper()
    if main in CHANGES:
        raise Permanent(f"The query is {main}, and may only read. {WRITE_ONE}")


def _is_call(said: list[Piece], name: Piece) -> bool:
    """Snowflake has a function INSERT()."""
    at = next(index for index, piece in enumerate(said) if piece is name)
    return at + 1 < len(said) and said[at + 1].text == "("


def check_with_parser(sql: str) -> None:
    with duckdb.connect() as parser:
        try:
            statements = parser.extract_statements(sql)
        except duckdb.Error as error:
            raise Permanent(f"DuckDB cannot read the query: {str(error).partition(chr(10))[0]}") from error
    if len(statements) != 1:
        raise Permanent(f"The query is {len(statements)} statements. {WRITE_ONE}")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise Permanent(f"The query is {statements[0].type.name}, and has to be exactly one SELECT. {WRITE_ONE}")


def check_snowflake(said: list[Piece]) -> None:
    """Snowflake's parser is its own; what its SELECT may do besides reading is known by name."""
    signs = "".join(piece.text if piece.kind == "sign" else " " for piece in said)
    if "->>" in signs:
        raise Permanent(f"The query chains statements with ->>. {WRITE_ONE}")
    for piece in said:
        if piece.kind in ("word", "quoted") and piece.text.strip('"').upper().startswith("SYSTEM$"):
            raise Permanent(f"The query calls {piece.text}, which can do more than read. Leave it out.")
