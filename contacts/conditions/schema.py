"""What a condition looks like in JSON, as a JSON Schema: for editors and for those who write definitions elsewhere.

It says no more than `reading` refuses; how deep a condition may be nested, and times such as `soon`, the reading alone tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, OPERATORS, PRESENCE, Field, Type

Schema = dict[str, Any]
COUNT: Schema = {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**63}
DAYS = ("within_days", "over_days_ago")
VALUES: Mapping[Type, Schema] = {
    Type.TEXT: {"type": "string", "minLength": 1},
    Type.TEXTS: {"type": "string", "minLength": 1},
    Type.NUMBER: {"type": "number"},
    Type.BOOLEAN: {"type": "boolean"},
    Type.MOMENT: {"type": "string", "pattern": r"^\d{4}-?(\d{2}|W)"},
}


def definitions() -> Schema:
    """For the `$defs` of a schema: `condition`, asked of a person, and what it is made of."""
    inside = [
        _of({"namespaces": {"enum": ["some", "all", "none"]}, "where": _ref("of_namespace")}, "namespaces"),
        _of(
            {"namespaces": {"const": "at_least"}, "count": COUNT, "where": _ref("of_namespace")},
            *("namespaces", "count"),
        ),
        _of(
            {
                "performed": {"type": "string", "minLength": 1},
                "where": _ref("of_event"),
                "within_days": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 36_500},
                "times": COUNT,
            },
            "performed",
        ),
        _of({"in_list": COUNT}, "in_list"),
        _of({"may_receive": {"type": "string", "minLength": 1}, "side": {"enum": ["should", "will"]}}, "may_receive"),
    ]
    return {
        "condition": _condition("condition", OF_PERSON, inside),
        "of_namespace": _condition("of_namespace", OF_NAMESPACE, []),
        "of_event": _condition("of_event", OF_EVENT, []),
    }


def _condition(name: str, fields: Mapping[str, Field], more: list[Schema]) -> Schema:
    parts = {"type": "array", "items": _ref(name)}
    groups = [_of({"all": parts}, "all"), _of({"any": parts}, "any"), _of({"not": _ref(name)}, "not")]
    return {"oneOf": [*groups, *_comparisons(fields), *more]}


def _comparisons(fields: Mapping[str, Field]) -> list[Schema]:
    found = []
    for kind, operators in OPERATORS.items():
        names = [name for name, field in fields.items() if field.type is kind]
        found += [_comparison(names, words, value) for words, value in _asked(kind, operators) if names and words]
    return found


def _asked(kind: Type, operators: tuple[str, ...]) -> list[tuple[list[str], Schema | None]]:
    """The operators of a type, by what they compare with."""
    plain = [word for word in operators if word not in (*PRESENCE, *DAYS, "one_of")]
    texts = {"type": "array", "minItems": 1, "items": {"type": "string"}}
    return [
        (plain, VALUES[kind]),
        ([word for word in operators if word in DAYS], {"type": "number"}),
        ([word for word in operators if word == "one_of"], texts),
        (list(PRESENCE), None),
    ]


def _comparison(names: list[str], operators: list[str], value: Schema | None) -> Schema:
    told: Schema = {"field": {"enum": names}, "op": {"enum": operators}}
    return _of(told | ({"value": value} if value else {}), "field", "op", *(["value"] if value else []))


def _of(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
