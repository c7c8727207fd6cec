"""A condition in plain words: as one sentence, or a line for each part; and what an editor has to know about missing values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any as Anything

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, WORDS, Field
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed, Value

Fields = Mapping[str, Field]
EVERYBODY, NOBODY = "everybody", "nobody"

MISSING_VALUES = (
    "A value that is missing is neither equal to anything, nor different from it, nor smaller or larger. Only “is not known” and "
    "“is not, or is not known” are true of somebody who lacks the field. A value of another type counts as missing."
)
NEGATION = (
    "“Not” turns a condition round for everybody: it is also true of those of whom nothing is known. "
    "Where people who lack the field should stay out, use “is known and is not” instead."
)
NO_NAMESPACES = (
    "“All namespaces” is true only of somebody who has at least one namespace; “no namespace” is also true of who has none. "
    "What stands inside has to be true of one and the same namespace."
)
EMPTY_LISTS = "An empty list is known: it includes nothing. “Is known and does not include” is true of it, “is not known” is not."
EMPTY_GROUPS = "A group “all of” with nothing in it is true of everybody, a group “any of” with nothing in it of nobody."
LETTERS = "Texts are compared letter by letter, upper and lower case too, as Iterable compares them."
MOMENTS = "Moments are compared in UTC; a day means its first moment. Days “before now” count back from the moment that is asked."
HELP = (MISSING_VALUES, NEGATION, NO_NAMESPACES, EMPTY_LISTS, EMPTY_GROUPS, LETTERS, MOMENTS)
"""Whatever edits a condition shows these."""


def in_words(condition: Condition, fields: Fields = OF_PERSON) -> str:
    """`Country is Germany and has a namespace where On a paid plan is yes`: goes on after "people of whom"."""
    match condition:
        case All(of):
            return _joined(of, " and ", fields) or EVERYBODY
        case Any(of):
            return _joined(of, " or ", fields) or NOBODY
        case Not(part):
            return f"not ({in_words(part, fields)})"
        case Compare():
            return _compared(condition, fields)
        case Namespaces():
            return _namespaces(condition)
        case Performed():
            return _performed(condition)
        case InList(list_id):
            return f"is on list {list_id}"
        case MayReceive(message_type, side):
            return f"we may send {message_type}" if side == "should" else f"Iterable will send {message_type}"


def _joined(of: Sequence[Condition], word: str, fields: Fields) -> str:
    return word.join(_whole(part, fields) for part in of) if len(of) != 1 else in_words(of[0], fields)


def _compared(condition: Compare, fields: Fields) -> str:
    field = fields.get(condition.field)
    label = field.label if field else condition.field
    match condition.operator:
        case "within_days":
            return f"{label} is within {_days(condition.value)} before now"
        case "over_days_ago":
            return f"{label} is more than {_days(condition.value)} ago"
        case "known" | "unknown":
            return f"{label} {WORDS[condition.operator]}"
    return f"{label} {WORDS[condition.operator]} {value_words(condition.value)}"


def value_words(value: Value | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _days(value: Value | None) -> str:
    return "1 day" if value == 1 else f"{value_words(value)} days"


def _namespaces(condition: Namespaces) -> str:
    has = {"some": "has a namespace", "none": "has no namespace", "all": "has namespaces", "at_least": ""}[condition.quantifier]
    has = has or f"has at least {condition.count} namespaces"
    if condition.where == All(()):
        return has
    return f"{has}{', all' if condition.quantifier == 'all' else ''} where {_whole(condition.where, OF_NAMESPACE)}"


def _performed(condition: Performed) -> str:
    told = [condition.event, *([f"{condition.times} times or more"] if condition.times > 1 else [])]
    told += [f"within {_days(condition.within_days)} before now"] if condition.within_days is not None else []
    told += [f"where {_whole(condition.where, OF_EVENT)}"] if condition.where is not None else []
    return f"did {' '.join(told)}"


def _whole(condition: Condition, fields: Fields) -> str:
    """In brackets where what follows might be taken for a part of it."""
    words = in_words(condition, fields)
    return f"({words})" if isinstance(condition, All | Any) and len(condition.of) > 1 else words


def heading(condition: Condition, fields: Fields = OF_PERSON) -> str:
    """A part alone, without the parts that it holds: `has a namespace`, `any of`, `Country is Germany`."""
    match condition:
        case All(of) | Any(of) if of:
            return "all of" if isinstance(condition, All) else "any of"
        case Not():
            return "not"
        case Namespaces():
            return _namespaces(replace(condition, where=All(())))
        case Performed():
            return _performed(replace(condition, where=None))
    return in_words(condition, fields)


def lines(condition: Condition, fields: Fields = OF_PERSON, depth: int = 0) -> list[tuple[int, str]]:
    """A line for each part with its depth, from 0, in the order in which they are read."""
    inside = [line for part, below in parts(condition, fields) for line in lines(part, below, depth + 1)]
    return [(depth, heading(condition, fields)), *inside]


def parts(condition: Condition, fields: Fields = OF_PERSON) -> list[tuple[Condition, Fields]]:
    """What a part holds, each with the fields that it may ask for."""
    match condition:
        case All(of) | Any(of):
            return [(part, fields) for part in of]
        case Not(part):
            return [(part, fields)]
        case Namespaces(where=where) if where != All(()):
            return [(where, OF_NAMESPACE)]
        case Performed(where=where) if where is not None:
            return [(where, OF_EVENT)]
    return []


def told(value: Anything) -> str:
    """A value as it was found: `yes`, `Ultimate, Premium`, `not known`, `an empty list`."""
    if value is None:
        return "not known"
    if isinstance(value, list | tuple):
        return ", ".join(told(one) for one in value) or "an empty list"
    return value_words(value)
