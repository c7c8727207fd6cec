"""How a value made of named parts stands in JSON: read with places, written without defaults, and told as a JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from contacts.conditions.reading import Unreadable

Read = Callable[[object, str], Any]
Schema = Mapping[str, Any]
ROOT = "the journey"


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Part:
    """`attribute` where the value's name differs from the one in JSON. One without `required` has the dataclass's default."""

    read: Read
    schema: Schema
    required: bool = True
    write: Callable[[Any], Any] = _itself
    attribute: str = ""


class Shape:
    """Of a dataclass. `kind` stands in its JSON where several shapes may stand in one place."""

    def __init__(self, make: type, parts: Mapping[str, Part], kind: str = "") -> None:
        self.make, self.parts, self.kind = make, parts, kind
        known = {field.name: field.default for field in fields(make)}
        self.defaults = {name: known[part.attribute or name] for name, part in parts.items()}

    def read(self, told: object, place: str) -> Any:
        """Raises Unreadable."""
        if not isinstance(told, Mapping):
            raise Unreadable(place or ROOT, f"must be an object with {', '.join(self.parts)}.")
        allowed = {*self.parts, *(["kind"] if self.kind else [])}
        if unknown := sorted(str(name) for name in set(told) - allowed):
            raise Unreadable(place or ROOT, f"has {', '.join(unknown)}, which means nothing here: remove it.")
        if missing := [name for name, part in self.parts.items() if part.required and name not in told]:
            raise Unreadable(place or ROOT, f"needs {', '.join(missing)}.")
        read = {
            part.attribute or name: part.read(told[name], at(place, name)) for name, part in self.parts.items() if name in told
        }
        return self.make(**read)

    def write(self, value: Any) -> dict[str, Any]:
        told = {"kind": self.kind} if self.kind else {}
        for name, part in self.parts.items():
            own = getattr(value, part.attribute or name)
            if part.required or own != self.defaults[name]:
                told[name] = part.write(own)
        return told

    def schema(self) -> dict[str, Any]:
        kind = {"kind": {"const": self.kind}} if self.kind else {}
        required = [*kind, *(name for name, part in self.parts.items() if part.required)]
        return {
            "type": "object",
            "properties": kind | {name: dict(part.schema) for name, part in self.parts.items()},
            "required": required,
            "additionalProperties": False,
        }


def at(place: str, step: str) -> str:
    return f"{place}.{step}" if place else step


def list_of(read: Read, schema: Schema, write: Callable[[Any], Any] = _itself, *, most: int, least: int = 0) -> Part:
    """A part that holds a list; with a `least` it has to be there."""

    def read_all(told: object, place: str) -> tuple[Any, ...]:
        if not isinstance(told, list) or not least <= len(told) <= most:
            raise Unreadable(place, f"must be a list of {least} to {most}.")
        return tuple(read(one, f"{place}[{number}]") for number, one in enumerate(told))

    told = {"type": "array", "items": schema, "minItems": least, "maxItems": most}
    return Part(read_all, told, required=bool(least), write=lambda values: [write(value) for value in values])
