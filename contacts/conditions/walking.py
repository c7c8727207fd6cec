"""Through a condition, comparison by comparison, each with what it is asked of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contacts.conditions.catalogue import OF_EVENT, OF_NAMESPACE, OF_PERSON, Field
from contacts.conditions.tree import All, Any, Compare, Condition, Namespaces, Not, Performed


@dataclass(frozen=True, slots=True)
class Asked:
    """`of`: `person`, `namespace`, or the name of an event in quotes."""

    compare: Compare
    of: str = "person"
    event: str = ""

    @property
    def field(self) -> Field:
        fields = OF_EVENT if self.event else OF_NAMESPACE if self.of == "namespace" else OF_PERSON
        return fields[self.compare.field]

    def asking(self, operator: str, value: object = None) -> Condition:
        """Of people, whether the same field is so at all."""
        compare = Compare(self.compare.field, operator, value)  # type: ignore[arg-type] # a value of the same comparison
        if self.event:
            return Performed(self.event, where=compare)
        return Namespaces("some", compare) if self.of == "namespace" else compare


def comparisons(condition: Condition, of: str = "person", event: str = "") -> Iterator[Asked]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from comparisons(part, of, event)
        case Not(part):
            yield from comparisons(part, of, event)
        case Compare():
            yield Asked(condition, of, event)
        case Namespaces(where=where):
            yield from comparisons(where, "namespace")
        case Performed(event=name, where=where) if where is not None:
            yield from comparisons(where, f"'{name}'", name)
