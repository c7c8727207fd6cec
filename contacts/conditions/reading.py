"""From JSON to a condition and back. What is wrong is told with its place and the mend; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any as Anything
from typing import cast

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, OPERATORS, PRESENCE, Field, Type
from contacts.conditions.tree import (
    All,
    Any,
    Compare,
    Condition,
    InList,
    MayReceive,
    Namespaces,
    Not,
    Performed,
    Quantifier,
    Side,
    Value,
)
from iterable_admin.errors import Permanent

DEEPEST = 8
MOST_CONDITIONS = 200
Fields = Mapping[str, Field]
Node = Mapping[str, Anything]


class Unreadable(Permanent):
    """`place` is the way to the part that is wrong: `all[1].where.value`."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place or 'the condition'}: {why}")
        self.place, self.why = place, why


def read(told: object, fields: Fields = OF_PERSON) -> Condition:
    """Raises Unreadable."""
    return _Reader().condition(told, "", fields, 0)


class _Reader:
    def __init__(self) -> None:
        self.left = MOST_CONDITIONS

    def condition(self, told: object, place: str, fields: Fields, depth: int) -> Condition:
        self.left -= 1
        if depth > DEEPEST or self.left < 0:
            raise Unreadable(place, f"is nested deeper than {DEEPEST}, or the condition has more than {MOST_CONDITIONS} parts.")
        if not isinstance(told, Mapping):
            raise Unreadable(place, 'must be an object such as {"field": "country", "op": "is", "value": "Germany"}.')
        kinds = [kind for kind in KINDS if kind in told]
        if len(kinds) != 1:
            raise Unreadable(place, f"needs exactly one of {', '.join(KINDS)}; it has {', '.join(kinds) or 'none of them'}.")
        unknown = sorted(set(told) - KINDS[kinds[0]])
        if unknown:
            raise Unreadable(place, f"has {', '.join(unknown)}, which means nothing beside {kinds[0]}: remove it.")
        return READERS[kinds[0]](self, told, place, fields, depth)

    def group(self, told: Node, place: str, fields: Fields, depth: int) -> Condition:
        kind = "all" if "all" in told else "any"
        parts = told[kind]
        if not isinstance(parts, list):
            raise Unreadable(_at(place, kind), "must be a list of conditions.")
        read_parts = tuple(
            self.condition(part, _at(place, f"{kind}[{number}]"), fields, depth + 1) for number, part in enumerate(parts)
        )
        return All(read_parts) if kind == "all" else Any(read_parts)

    def negation(self, told: Node, place: str, fields: Fields, depth: int) -> Condition:
        return Not(self.condition(told["not"], _at(place, "not"), fields, depth + 1))

    def comparison(self, told: Node, place: str, fields: Fields, _depth: int) -> Condition:
        field = _field(told["field"], place, fields)
        operator = told.get("op")
        if operator not in OPERATORS[field.type]:
            allowed = ", ".join(OPERATORS[field.type])
            raise Unreadable(
                _at(place, "op"), f"{operator!r} cannot be asked of {field.name}, a {field.type}: use one of {allowed}."
            )
        if operator in PRESENCE:
            if "value" in told:
                raise Unreadable(_at(place, "value"), f"means nothing beside {operator}: remove it.")
            return Compare(field.name, operator)
        return Compare(field.name, operator, _value(told.get("value"), field, operator, _at(place, "value")))

    def namespaces(self, told: Node, place: str, fields: Fields, depth: int) -> Condition:
        _only_of_a_person(fields, place, "namespaces")
        quantifier = told["namespaces"]
        if quantifier not in ("some", "all", "none", "at_least"):
            raise Unreadable(_at(place, "namespaces"), "must be one of some, all, none, at_least.")
        if ("count" in told) != (quantifier == "at_least"):
            raise Unreadable(_at(place, "count"), "goes with at_least, which needs it, and with nothing else.")
        where = self.condition(told.get("where", {"all": []}), _at(place, "where"), OF_NAMESPACE, depth + 1)
        return Namespaces(cast("Quantifier", quantifier), where, _count(told.get("count", 1), _at(place, "count")))

    def performed(self, told: Node, place: str, fields: Fields, depth: int) -> Condition:
        _only_of_a_person(fields, place, "performed")
        event, days = told["performed"], told.get("within_days")
        if not isinstance(event, str) or not event:
            raise Unreadable(_at(place, "performed"), "must be the name of an event.")
        if days is not None and (isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days < 36_500):
            raise Unreadable(_at(place, "within_days"), "must be a number of days, more than none.")
        where = self.condition(told["where"], _at(place, "where"), OF_EVENT, depth + 1) if "where" in told else None
        return Performed(event, days, _count(told.get("times", 1), _at(place, "times")), where)

    def in_list(self, told: Node, place: str, fields: Fields, _depth: int) -> Condition:
        _only_of_a_person(fields, place, "in_list")
        return InList(_count(told["in_list"], _at(place, "in_list")))

    def may_receive(self, told: Node, place: str, fields: Fields, _depth: int) -> Condition:
        _only_of_a_person(fields, place, "may_receive")
        name, side = told["may_receive"], told.get("side", "should")
        if not isinstance(name, str) or not name:
            raise Unreadable(_at(place, "may_receive"), "must be the name of a message type.")
        if side not in ("should", "will"):
            raise Unreadable(_at(place, "side"), "must be should (we may send it) or will (Iterable sends it).")
        return MayReceive(name, cast("Side", side))


Reader = Callable[[_Reader, Node, str, Fields, int], Condition]
READERS: dict[str, Reader] = {
    "all": _Reader.group,
    "any": _Reader.group,
    "not": _Reader.negation,
    "field": _Reader.comparison,
    "namespaces": _Reader.namespaces,
    "performed": _Reader.performed,
    "in_list": _Reader.in_list,
    "may_receive": _Reader.may_receive,
}
KINDS = {
    "all": {"all"},
    "any": {"any"},
    "not": {"not"},
    "field": {"field", "op", "value"},
    "namespaces": {"namespaces", "where", "count"},
    "performed": {"performed", "where", "within_days", "times"},
    "in_list": {"in_list"},
    "may_receive": {"may_receive", "side"},
}


def _at(place: str, step: str) -> str:
    return f"{place}.{step}" if place else step


def _field(name: object, place: str, fields: Fields) -> Field:
    if isinstance(name, str) and name in fields:
        return fields[name]
    near = get_close_matches(str(name), fields, 1)
    mend = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(fields)}."
    raise Unreadable(_at(place, "field"), f"{name!r} is no field: {mend}")


def _only_of_a_person(fields: Fields, place: str, kind: str) -> None:
    if fields is not OF_PERSON:
        raise Unreadable(place, f"{kind} is asked of a person, not of one namespace or event.")


def _count(told: object, place: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told < 2**63:
        raise Unreadable(place, "must be a whole number from 1.")
    return told


def _value(told: object, field: Field, operator: str, place: str) -> Value:
    if operator in ("within_days", "over_days_ago"):
        return _number(told, place)
    if operator == "one_of":
        if not isinstance(told, list) or not told or not all(isinstance(one, str) for one in told):
            raise Unreadable(place, "must be a list of texts.")
        return list(told)
    match field.type:
        case Type.NUMBER:
            return _number(told, place)
        case Type.BOOLEAN:
            if not isinstance(told, bool):
                raise Unreadable(place, "must be true or false.")
            return told
        case Type.MOMENT:
            return _moment(told, place)
    if not isinstance(told, str) or not told or "\0" in told:
        raise Unreadable(place, "must be a text.")
    return told


def _number(told: object, place: str) -> int | float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not abs(told) < 2**63:
        raise Unreadable(place, "must be a number.")
    return told


def _moment(told: object, place: str) -> str:
    try:
        datetime.fromisoformat(str(told))
    except ValueError:
        raise Unreadable(place, "must be a day or a moment such as 2026-11-26 or 2026-11-26T14:30:00Z.") from None
    return str(told)


def as_json(condition: Condition) -> dict[str, Anything]:
    """What `read` reads as the same condition."""
    match condition:
        case All(of):
            return {"all": [as_json(part) for part in of]}
        case Any(of):
            return {"any": [as_json(part) for part in of]}
        case Not(part):
            return {"not": as_json(part)}
        case Compare(field, operator, value):
            return {"field": field, "op": operator} | ({} if value is None else {"value": value})
        case Namespaces(quantifier, where, count):
            return {"namespaces": quantifier, "where": as_json(where)} | ({"count": count} if quantifier == "at_least" else {})
        case Performed(event, days, times, where_event):
            told: dict[str, Anything] = {"performed": event, "times": times}
            told |= {} if days is None else {"within_days": days}
            return told | ({} if where_event is None else {"where": as_json(where_event)})
        case InList(list_id):
            return {"in_list": list_id}
        case MayReceive(message_type, side):
            return {"may_receive": message_type, "side": side}
