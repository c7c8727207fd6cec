"""A field's type is fixed by its first value, for ever; a call with a value of another type is refused whole."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Refused, bad_params
from iterable_admin.sandbox.dates import parse_date, write_date

# Values of these exact Python types need no closer look. A whole number may feed a double, never the other way round.
FAST: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "long": frozenset({int}),
    "double": frozenset({float, int}),
    "boolean": frozenset({bool}),
    "date": frozenset(),
    "object": frozenset(),
}
MOST_DEPTH = 20
INCOMING = {"string": ["string", "keyword"], "date": ["date", "string", "keyword"]}


class Field:
    __slots__ = ("children", "fast", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fast = FAST[kind]
        self.children: Fields = {}


Fields = dict[str, Field]


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "object"
    return "date" if parse_date(value) else "string"


class Admission:
    """Checks all values of one call; new fields stay only if nothing in the call was of a wrong type."""

    def __init__(self) -> None:
        self._born: list[tuple[Fields, str]] = []
        self._errors: dict[str, Any] = {}
        self._too_deep = ""
        self.created: list[str] = []

    def look_at(self, values: dict[str, Any], known: Fields, category: str, prefix: str = "", depth: int = 0) -> None:
        for name, value in values.items():
            field = known.get(name)
            if field is None or type(value) not in field.fast:
                self._look_closer(value, name, known, category, prefix, depth)

    def settle(self) -> None:
        if not self._errors and not self._too_deep:
            return
        for known, name in reversed(self._born):
            del known[name]
        if self._too_deep:
            raise bad_params(f"{self._too_deep}: at most {MOST_DEPTH} levels of objects and arrays")
        raise Refused(
            400,
            "RequestFieldsTypesMismatched",
            "The request does not have the same data types as the project for: " + ", ".join(self._errors),
            {"validationErrors": self._errors},
        )

    def _look_closer(self, value: Any, name: str, known: Fields, category: str, prefix: str, depth: int) -> None:
        """An array has the type of its elements, and null has none."""
        if value is None:
            return
        if depth > MOST_DEPTH:
            self._too_deep = prefix + name
            return
        if isinstance(value, list):
            for element in value:
                self._look_closer(element, name, known, category, prefix, depth + 1)
            return
        field = known.get(name) or self._bear(value, name, known, prefix)
        if field.kind == "object" and isinstance(value, dict):
            self.look_at(value, field.children, category, f"{prefix}{name}.", depth + 1)
        elif not fits(value, field) and is_deeper(value, MOST_DEPTH - depth):
            self._too_deep = prefix + name
        elif not fits(value, field):
            self._errors.setdefault(prefix + name, describe_mismatch(value, field, category))

    def _bear(self, value: Any, name: str, known: Fields, prefix: str) -> Field:
        field = known[name] = Field(kind_of(value))
        self._born.append((known, name))
        self.created.append(prefix + name)
        return field


def is_deeper(value: Any, levels: int) -> bool:
    """Whether objects and arrays are nested in more levels than that: such a value could not be told back either."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or is_deeper(child, levels - 1) for child in children)


def fits(value: Any, field: Field) -> bool:
    if field.kind == "date":
        return isinstance(value, str) and parse_date(value) is not None
    return type(value) in field.fast


def describe_mismatch(value: Any, field: Field, category: str) -> dict[str, Any]:
    kind = kind_of(value)
    return {
        "incomingTypes": INCOMING.get(kind, [kind]),
        "expectedType": field.kind,
        "category": category,
        "offendingValue": value,
        "_type": "UnexpectedType",
    }


def keep_known(values: dict[str, Any], known: Fields, dropped: dict[str, None], prefix: str = "") -> dict[str, Any]:
    """The values of known fields; the names of others, dotted where nested, are added to `dropped`."""
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if (field := known.get(name)) is None:
            dropped[prefix + name] = None
        elif field.kind == "object":
            kept[name] = keep_known_in(value, field, dropped, f"{prefix}{name}.")
        else:
            kept[name] = value
    return kept


def keep_known_in(value: Any, field: Field, dropped: dict[str, None], prefix: str) -> Any:
    if isinstance(value, list):
        return [keep_known_in(element, field, dropped, prefix) for element in value]
    return keep_known(value, field.children, dropped, prefix) if isinstance(value, dict) else value


def list_fields(known: Fields, prefix: str = "") -> dict[str, str]:
    """Every field with its type, nested names dotted, as users/getFields gives them."""
    listed: dict[str, str] = {}
    for name, field in known.items():
        listed[prefix + name] = field.kind
        listed.update(list_fields(field.children, f"{prefix}{name}."))
    return listed


def read_back(value: Any, field: Field | None) -> Any:
    """The value as a read gives it: dates in one form, whatever form they came in."""
    if isinstance(value, list):
        return [read_back(element, field) for element in value]
    if field is None or value is None:
        return value
    if field.kind == "date":
        moment = parse_date(value)
        return write_date(moment) if moment else value
    return read_fields(value, field.children) if isinstance(value, dict) else value


def read_fields(values: dict[str, Any], known: Fields) -> dict[str, Any]:
    return {name: read_back(value, known.get(name)) for name, value in values.items()}
