"""From one row of a source to what Iterable gets: the definition's field mapping, applied to one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from contacts.sync.date_keys import dated
from contacts.sync.fingerprint import canonical, digest_of
from contacts.sync.models import FieldMapping, SyncDefinition
from contacts.sync.outgoing import Chosen, Form, Information, boolean, choose, day, formed, integer, moment, number, stages, text

NAMESPACES, FIRST_NAMESPACE = "namespaces_array", "first_namespace"
Type = FieldMapping.Type
FORM_OF: dict[str, Form] = {
    Type.STRING: text,
    Type.INTEGER: integer,
    Type.NUMBER: number,
    Type.BOOLEAN: boolean,
    Type.DATE: moment,
    Type.DAY: day,
    Type.STRINGS: stages,
}
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flat:
    source: str
    field: str
    form: Form


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The switched-on part of a definition's mapping."""

    columns: tuple[Flat, ...] = ()
    of_first_namespace: tuple[Flat, ...] = ()
    nested_field: str = ""
    nested: Mapping[str, Form] | None = None
    """Of each namespace: the keys that are sent."""
    date_keys: Collection[str] = ()
    revision: str = ""
    """Changes whenever the same row would go out differently."""

    @classmethod
    def of(cls, definition: SyncDefinition) -> Self:
        mappings = [row for row in definition.mappings.all() if row.enabled] if definition.pk else []
        nested = [row for row in mappings if row.source.startswith(f"{NAMESPACES}.")]
        first = [row for row in mappings if row.source.startswith(f"{FIRST_NAMESPACE}.")]
        told = sorted((row.source, row.field, row.type) for row in mappings)
        return cls(
            columns=tuple(_flat(row, row.source) for row in mappings if "." not in row.source),
            of_first_namespace=tuple(_flat(row, row.source.partition(".")[2]) for row in first),
            nested_field=nested[0].field.partition(".")[0] if nested else "",
            nested={row.source.partition(".")[2]: FORM_OF[row.type] for row in nested} if nested else None,
            date_keys=tuple(definition.date_keys),
            revision=digest_of(canonical([told, sorted(definition.date_keys), definition.target, definition.event_name])),
        )

    @property
    def fields(self) -> set[str]:
        """Of the profile, at its top level."""
        flat = {row.field.partition(".")[0] for row in (*self.columns, *self.of_first_namespace)}
        return flat | ({self.nested_field} if self.nested_field else set())

    def namespaces(self, raws: Sequence[Mapping[str, Any]]) -> list[Chosen]:
        return choose(raws) if self.nested is None else choose(raws, self.nested)

    def apply(self, row: Mapping[str, Any], namespaces: Sequence[Chosen], user_id: int | None) -> Fields:
        """Raises Unreadable for a value that cannot take its field's form. What is null in the row is absent."""
        fields = _filled(self.columns, row)
        if self.nested is not None:
            fields[self.nested_field] = [dated(chosen.information, self.date_keys) for chosen in namespaces]
        if self.of_first_namespace and (first := first_created(namespaces, user_id)) is not None:
            fields |= _filled(self.of_first_namespace, first.raw)
        return fields


def _flat(row: FieldMapping, source: str) -> Flat:
    return Flat(source, row.field, FORM_OF[row.type])


def _filled(flats: Sequence[Flat], row: Mapping[str, Any]) -> Fields:
    return {flat.field: formed(flat.source, row[flat.source], flat.form) for flat in flats if row.get(flat.source) is not None}


def first_created(namespaces: Sequence[Chosen], user_id: int | None) -> Chosen | None:
    """The earliest of those that the person created; of two from the same moment the one with the smaller id."""
    own = [chosen for chosen in namespaces if user_id is not None and _creator(chosen) == user_id]
    return min(own, key=lambda chosen: (str(chosen.raw.get("CREATED_AT") or "9999"), chosen.namespace_id), default=None)


def _creator(chosen: Chosen) -> int | None:
    creator = chosen.raw.get("CREATOR_USER_ID")
    return None if creator is None else int(formed("CREATOR_USER_ID", creator, integer))


def information_of(fields: Mapping[str, Any], field: str) -> list[Information]:
    found: list[Information] = fields.get(field) or []
    return found
