"""A condition in plain words, as pages, lists of differences and explanations tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, WORDS, Field
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed, Value


def in_words(condition: Condition, fields: Mapping[str, Field] = OF_PERSON) -> str:
    """`Country is Germany and has a namespace where On a paid plan is yes`: goes on after "people of whom"."""
    match condition:
        case All(of):
            return _joined(of, " and ", fields) or "everybody"
        case Any(of):
            return _joined(of, " or ", fields) or "nobody"
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


def _joined(of: Sequence[Condition], word: str, fields: Mapping[str, Field]) -> str:
    return word.join(_whole(part, fields) for part in of) if len(of) != 1 else in_words(of[0], fields)


def _compared(condition: Compare, fields: Mapping[str, Field]) -> str:
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


def _whole(condition: Condition, fields: Mapping[str, Field]) -> str:
    """In brackets where what follows might be taken for a part of it."""
    words = in_words(condition, fields)
    return f"({words})" if isinstance(condition, All | Any) and len(condition.of) > 1 else words
