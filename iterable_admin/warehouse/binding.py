"""Our queries name their parameters, `$name`; Snowflake binds by position, `?`. Values never become part of the text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from iterable_admin.errors import Permanent
from iterable_admin.warehouse.sql_text import Dialect, pieces


def named(query: str, dialect: Dialect) -> set[str]:
    """The names of the parameters; what stands in a comment, a literal or a quoted name is none."""
    return {piece[1:] for kind, piece in pieces(query, dialect) if kind == "parameter"}


def positional(query: str, parameters: Mapping[str, object]) -> tuple[str, list[object]]:
    """The query with a `?` for each `$name`, and the values in the order in which they stand."""
    text: list[str] = []
    names: list[str] = []
    for kind, piece in pieces(query, "snowflake"):
        if (kind, piece) == ("sign", "?"):
            raise Permanent("The query holds a bare ?, which Snowflake takes for a parameter. Write $name.")
        if kind == "parameter":
            names.append(piece[1:])
        text.append("?" if kind == "parameter" else piece)
    check_names(set(names), set(parameters))
    return "".join(text).strip(), [as_bound(parameters[name]) for name in names]


def as_bound(value: object) -> object:
    """The connector binds a time by its own clock; without a zone it means UTC, like the columns it is compared with."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def check_names(named: set[str], given: set[str]) -> None:
    if missing := named - given:
        raise Permanent(f"The query names {listed(missing)}, for which no value is given.")
    if unused := given - named:
        raise Permanent(f"Values are given for {listed(unused)}, which the query does not name.")


def listed(names: set[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names))
