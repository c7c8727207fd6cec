"""What may be a definition's query: one SELECT and nothing else."""

from __future__ import annotations

import duckdb

from iterable_admin.errors import Permanent

ONE_SELECT = "A query is exactly one SELECT: this is {what}."
NO_SQL = "This is no SQL that can be read: {error}."


def check_query(sql: str) -> None:
    """Permanent, with what is wrong. Names of tables and columns are not looked up."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise Permanent(NO_SQL.format(error=str(error).partition("\n")[0])) from error
    if len(statements) != 1:
        raise Permanent(ONE_SELECT.format(what=f"{len(statements)} statements"))
    if (kind := statements[0].type) != duckdb.StatementType.SELECT:
        raise Permanent(ONE_SELECT.format(what=kind.name))
