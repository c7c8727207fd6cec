"""A condition in plain words: as one sentence, or a line for each part; and what an editor has to know about missing values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any as Anything

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, WORDS, Field
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed

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
MOMENTS = (
    "Moments are compared in UTC; a day means its first moment. What is “within the last days” counts back from the moment asked."
)
HELP = (MISSING_VALUES, NEGATION, NO_NAMESPACES, EMPTY_LISTS, EMPTY_GROUPS, LETTERS, MOMENTS)
"""Whatever edits a condition shows these."""


def in_words(condition: Condition, fields: Fields = OF_PERSON) -> str:
    """One sentence without its full stop: `Country is Germany and at least one namespace: Plan is Ultimate`."""
    match condition:
        case All(of):
            return _joined(of, " and ", fields) or EVERYBODY
        case Any(of):
            return _joined(of, " or ", fields) or NOBODY
        case Not(part):
            return f"not ({in_words(part, fields)})"
        case Namespaces(where=where):
            inside = in_words(where, OF_NAMESPACE)
            return heading(condition) if inside == EVERYBODY else f"{heading(condition)}: {inside}"
        case Performed(where=where) if where is not None:
            return f"{heading(condition)} with {in_words(where, OF_EVENT)}"
    return heading(condition, fields)


def heading(condition: Condition, fields: Fields = OF_PERSON) -> str:
    """A part alone, without the parts that it holds: `at least one namespace`, `any of`, `Country is Germany`."""
    match condition:
        case All(of):
            return "all of" if of else EVERYBODY
        case Any(of):
            return "any of" if of else NOBODY
        case Not():
            return "not"
        case Compare():
            return _comparison(condition, fields)
        case Namespaces():
            return _namespaces(condition)
        case Performed():
            return _performed(condition)
        case InList(list_id):
            return f"is in list {list_id}"
        case MayReceive(message_type, side):
            return f"may receive {message_type}" if side == "should" else f"gets {message_type} if Iterable is asked to send it"


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
    """A value as it is read on a screen: `yes`, `Ultimate, Premium`, `not known`."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple():
            return ", ".join(told(one) for one in value) or "an empty list"
    return str(value)


def _joined(of: tuple[Condition, ...], word: str, fields: Fields) -> str:
    texts = [_within(part, in_words(part, fields), len(of)) for part in of]
    return word.join(texts)


def _within(part: Condition, text: str, siblings: int) -> str:
    """In brackets where it could be read together with its neighbours."""
    holds = part.of if isinstance(part, All | Any) else (part.where,) if isinstance(part, Namespaces | Performed) else ()
    several = len(holds) > 1 or any(isinstance(one, All | Any) and len(one.of) > 1 for one in holds)
    return f"({text})" if siblings > 1 and several else text


def _comparison(condition: Compare, fields: Fields) -> str:
    field = fields.get(condition.field)
    label, value = field.label if field else condition.field, condition.value
    match condition.operator:
        case "within_days":
            return f"{label} is within the last {_days(value)}"
        case "over_days_ago":
            return f"{label} is more than {told(value)} {'day' if value == 1 else 'days'} ago"
    words = WORDS.get(condition.operator, condition.operator)
    return f"{label} {words}" if value is None else f"{label} {words} {told(value)}"


def _days(value: Anything) -> str:
    return "day" if value == 1 else f"{told(value)} days"


def _namespaces(condition: Namespaces) -> str:
    match condition.quantifier:
        case "some":
            return "at least one namespace"
        case "all":
            return "all namespaces, and at least one"
        case "none":
            return "no namespace"
    return "at least one namespace" if condition.count == 1 else f"at least {condition.count} namespaces"


def _performed(condition: Performed) -> str:
    often = "" if condition.times == 1 else f" at least {condition.times} times"
    since = "" if condition.within_days is None else f" in the last {_days(condition.within_days)}"
    return f"did {condition.event}{often}{since}"
