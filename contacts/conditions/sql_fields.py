"""One comparison of one field, in SQL: a value of another type than the field's counts as not known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any as Anything

from django.db import connection

from contacts.conditions.catalogue import Field, Place, Type
from contacts.conditions.frames import Frame, Now
from contacts.conditions.moments import LENGTH, as_text, parsed
from contacts.conditions.tree import Compare
from contacts.consent.resolver.conditions import Sql

Test = Callable[[str, Compare, Field, Frame], Sql]
JSON_COLUMN = {Place.PROFILE: "profile", Place.NAMESPACE: "information", Place.EVENT: "payload"}
POSTGRES_TYPES = {
    **dict.fromkeys((Type.TEXT, Type.MOMENT), ("string",)),
    Type.NUMBER: ("number",),
    Type.BOOLEAN: ("boolean",),
    Type.TEXTS: ("array",),
}
SQLITE_TYPES = {
    **dict.fromkeys((Type.TEXT, Type.MOMENT), ("text",)),
    Type.NUMBER: ("integer", "real"),
    Type.BOOLEAN: ("true", "false"),
    Type.TEXTS: ("array",),
}
DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
TIME = "[ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*"
REGULAR = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}:\d{2}.*)?$"


def comparison(condition: Compare, field: Field, alias: str, frame: Frame) -> Sql:
    told = value_in(field, alias)
    known = f"({told} IS NOT NULL)"
    match condition.operator:
        case "is" | "one_of" if _is_json(field) and "" not in _values(condition):
            return _same_json(condition, field, alias)
        case "known":
            return known, ()
        case "unknown":
            return f"(NOT {known})", ()
        case "is_not":
            return _never_null(f"{told} <> %s", _value(condition.value, field))
        case "is_not_or_unknown":
            text, values = _never_null(f"{told} = %s", _value(condition.value, field))
            return f"(NOT {text})", values
        case "includes":
            return _includes(told, condition.value)
        case "includes_none":
            text, values = _includes(told, condition.value)
            return f"({known} AND NOT {text})", values
    return TESTS[condition.operator](told, condition, field, frame)


def _never_null(test: str, *values: Anything) -> Sql:
    return f"COALESCE({test}, FALSE)", values


def _equal(sign: str) -> Test:
    return lambda told, condition, field, frame: _never_null(f"{told} {sign} %s", _value(condition.value, field))


def _is_json(field: Field) -> bool:
    return _postgres() and field.place != Place.COLUMN and field.type in (Type.TEXT, Type.NUMBER, Type.BOOLEAN)


def _same_json(condition: Compare, field: Field, alias: str) -> Sql:
    """As JSON, which has types of its own: half the work of taking the value out and asking for its type."""
    values = [json.dumps(value, ensure_ascii=False) for value in _values(condition)]
    marks = ", ".join(["%s::jsonb"] * len(values))
    return _never_null(f"{alias}.{JSON_COLUMN[field.place]} -> '{field.name}' IN ({marks})", *values)


def _values(condition: Compare) -> list[Anything]:
    return condition.value if isinstance(condition.value, list) else [condition.value]


def _one_of(told: str, condition: Compare, _field: Field, _frame: Frame) -> Sql:
    values = _values(condition)
    return _never_null(f"{told} IN ({', '.join(['%s'] * len(values))})", *values)


def _contains(told: str, condition: Compare, _field: Field, _frame: Frame) -> Sql:
    return _never_null(f"{'strpos' if _postgres() else 'instr'}({told}, %s) > 0", condition.value)


def _starts_with(told: str, condition: Compare, _field: Field, _frame: Frame) -> Sql:
    value = str(condition.value)
    return _never_null(f"substr({told}, 1, {len(value)}) = %s", value)


def _within(told: str, condition: Compare, field: Field, frame: Frame) -> Sql:
    first, last = (frame.latest, frame.earliest) if frame.sure else (frame.earliest, frame.latest)
    (since, low), (until, high) = _now(first, field, _days(condition)), _now(last, field)
    return _never_null(f"{told} >= {since} AND {told} <= {until}", *low, *high)


def _over(told: str, condition: Compare, field: Field, frame: Frame) -> Sql:
    limit, values = _now(frame.earliest if frame.sure else frame.latest, field, _days(condition))
    return _never_null(f"{told} < {limit}", *values)


def _now(now: Now, field: Field, days: float = 0) -> Sql:
    return now.moment(days) if field.place == Place.COLUMN else now.text(days)


TESTS: dict[str, Test] = {
    "is": _equal("="),
    "less": _equal("<"),
    "before": _equal("<"),
    "at_most": _equal("<="),
    "more": _equal(">"),
    "at_least": _equal(">="),
    "from": _equal(">="),
    "one_of": _one_of,
    "contains": _contains,
    "starts_with": _starts_with,
    "within_days": _within,
    "over_days_ago": _over,
}


def _days(condition: Compare) -> float:
    return float(condition.value) if isinstance(condition.value, int | float) else 0.0


def _value(value: Anything, field: Field) -> Anything:
    match field.type:
        case Type.MOMENT:
            return _moment(parsed(str(value)), field)
        case Type.NUMBER if isinstance(value, float) and _postgres():
            # As it is written: PostgreSQL compares a float with a numeric only after rounding the latter.
            return Decimal(repr(value))
    return value


def _moment(moment: datetime, field: Field) -> Anything:
    return connection.ops.adapt_datetimefield_value(moment) if field.place == Place.COLUMN else as_text(moment)


def value_in(field: Field, alias: str) -> str:
    """The value in the field's own type; NULL where there is none."""
    if field.place == Place.COLUMN:
        column = f'{alias}."{field.name}"'
        return f"NULLIF({column}, '')" if field.type == Type.TEXT else column
    column = f"{alias}.{JSON_COLUMN[field.place]}"
    return _in_postgres(column, field) if _postgres() else _in_sqlite(column, field)


def _in_postgres(column: str, field: Field) -> str:
    value, text = f"({column} -> '{field.name}')", f"({column} ->> '{field.name}')"
    right = f"jsonb_typeof({value}) IN ({_quoted(POSTGRES_TYPES[field.type])})"
    read = {
        Type.TEXT: f"NULLIF({text}, '')",
        Type.NUMBER: f"{text}::numeric",
        Type.BOOLEAN: f"{text}::boolean",
        Type.MOMENT: _padded(text, f"{text} ~ '{REGULAR}'"),
        Type.TEXTS: value,
    }
    return f"(CASE WHEN {right} THEN {read[field.type]} END)"


def _in_sqlite(column: str, field: Field) -> str:
    text = f"json_extract({column}, '$.{field.name}')"
    right = f"json_type({column}, '$.{field.name}') IN ({_quoted(SQLITE_TYPES[field.type])})"
    read = {
        Type.TEXT: f"NULLIF({text}, '')",
        Type.MOMENT: _padded(text, f"({text} GLOB '{DAY}' OR {text} GLOB '{DAY}{TIME}')"),
    }
    return f"(CASE WHEN {right} THEN {read.get(field.type, text)} END)"


def _padded(text: str, is_moment: str) -> str:
    day = f"CASE WHEN length({text}) = 10 THEN {text} || ' 00:00:00' ELSE substr(replace({text}, 'T', ' '), 1, {LENGTH}) END"
    return f"CASE WHEN {is_moment} THEN {day} END"


def _includes(told: str, value: Anything) -> Sql:
    if _postgres():
        return _never_null(f"{told} @> to_jsonb(%s::text)", value)
    return f"EXISTS (SELECT 1 FROM json_each({told}) j WHERE j.type = 'text' AND j.value = %s)", (value,)


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _postgres() -> bool:
    return connection.vendor == "postgresql"
