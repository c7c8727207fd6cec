"""The single values that a definition is made of: each with the reading, the mend in words, and the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, get_args

from contacts.conditions import reading as conditions
from contacts.conditions.catalogue import OF_PERSON, Type
from contacts.conditions.reading import Unreadable
from journeys.definition.graph import EntryKind, Medium
from journeys.definition.shapes import Part, at

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)
LONGEST_NAME, LONGEST_TEXT = 200, 2_000
MOST_HOURS = 24 * 3_660
MOMENTS = tuple(name for name, field in OF_PERSON.items() if field.type is Type.MOMENT)


def _key(told: object, place: str) -> str:
    if not isinstance(told, str) or KEY.fullmatch(told) is None:
        raise Unreadable(place, "must be a key of letters, digits, - and _, such as welcome-mail, of at most 60.")
    return told


def _text_of(longest: int, least: int = 1) -> Part:
    def read(told: object, place: str) -> str:
        if not isinstance(told, str) or not least <= len(told.strip()) <= longest or "\0" in told:
            raise Unreadable(place, f"must be a text of {least} to {longest} characters.")
        return told

    return Part(read, {"type": "string", "minLength": least, "maxLength": longest})


def _id(told: object, place: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told < 2**63:
        raise Unreadable(place, "must be a whole number from 1.")
    return told


def number(least: float, most: float, unit: str, *, open_below: bool = False) -> Part:
    """`open_below`: more than the least."""

    def read(told: object, place: str) -> float:
        if isinstance(told, bool) or not isinstance(told, int | float) or not least <= told <= most:
            raise Unreadable(place, f"must be a number of {unit}, from {least:g} to {most:g}.")
        if open_below and told == least:
            raise Unreadable(place, f"must be a number of {unit}, more than {least:g}.")
        return told

    below = {"exclusiveMinimum": least} if open_below else {"minimum": least}
    return Part(read, {"type": "number", **below, "maximum": most})


def one_of(words: Sequence[str]) -> Part:
    def read(told: object, place: str) -> str:
        if not isinstance(told, str) or told not in words:
            raise Unreadable(place, f"must be one of {', '.join(words)}.")
        return told

    return Part(read, {"enum": list(words)})


def _boolean(told: object, place: str) -> bool:
    if not isinstance(told, bool):
        raise Unreadable(place, "must be true or false.")
    return told


def _moment_field(told: object, place: str) -> str:
    if told not in MOMENTS:
        raise Unreadable(place, f"must be a field with a moment: one of {', '.join(MOMENTS)}.")
    return str(told)


def _fields(told: object, place: str) -> Mapping[str, Any]:
    if not isinstance(told, Mapping) or not told or not all(isinstance(name, str) and name for name in told):
        raise Unreadable(place, 'must be an object of fields and what they are set to, such as {"onboarding": "done"}.')
    for name, value in told.items():
        plain = isinstance(value, str | int | float | bool | None) and "\0" not in f"{name}{value}"
        if not plain or (isinstance(value, float) and not isfinite(value)):
            raise Unreadable(at(place, name), "must be a text, a number, true, false or null.")
    return dict(told)


def _condition(told: object, place: str) -> Any:
    try:
        return conditions.read(told)
    except Unreadable as problem:
        inside = problem.place if problem.place.startswith("[") else f".{problem.place}"
        raise Unreadable(place + inside if problem.place else place, problem.why) from None


KEY_OF_STEP = Part(_key, {"type": "string", "pattern": f"^{KEY.pattern}$"})
NAME = _text_of(LONGEST_NAME)
TEXT = _text_of(LONGEST_TEXT)
WORDS = replace(_text_of(LONGEST_NAME, 0), required=False)
LONG_WORDS = replace(_text_of(LONGEST_TEXT, 0), required=False)
ID = Part(_id, {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**63})
MAYBE_ID = replace(ID, required=False)
MAYBE = Part(_boolean, {"type": "boolean"}, required=False)
CONDITION = Part(_condition, {"$ref": "#/$defs/condition"}, write=conditions.as_json)
MAYBE_CONDITION = replace(CONDITION, required=False)
MOMENT_FIELD = Part(_moment_field, {"enum": list(MOMENTS)})
FIELDS = Part(
    _fields,
    {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
    write=dict,
)
MEDIUM = replace(one_of(get_args(Medium)), required=False)
ENTRY_KIND = one_of(get_args(EntryKind))
HOURS = number(0, MOST_HOURS, "hours", open_below=True)
OFFSET = replace(number(-MOST_HOURS, MOST_HOURS, "hours"), required=False)
PERCENT = number(0, 100, "percent")
