"""Before a run starts: would Iterable take these types? It fixes a field's type at its first write (users/getFields)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog

from contacts.sync.models import FieldMapping, SyncDefinition
from contacts.sync.outgoing import FIELD
from iterable_admin.errors import Permanent, Problem
from iterable_admin.outbox.connection import connect

log = structlog.get_logger(__name__)

Type = FieldMapping.Type
# Strings as received, unless Iterable has made dates of them.
MAYBE_DATES = ("CREATED_AT", "TRIAL_START_DATE")
TAKEN_BY = {
    Type.STRING: {"string"},
    Type.INTEGER: {"long", "double"},
    Type.NUMBER: {"double"},
    Type.BOOLEAN: {"boolean"},
    Type.DATE: {"date", "string"},
    Type.DAY: {"date", "string"},
    Type.STRINGS: {"string"},
}
REFUSED = "Iterable would refuse {field}: it holds it as {held}, and {source} is mapped as {type}."
MEND = "Change the type of the mapping, map it to a field of another name, or switch it off; then run again."


def field_types() -> dict[str, str] | None:
    """What Iterable holds each field as, by its dotted name; None when it did not answer."""
    try:
        return connect().users.fields()
    except Problem as problem:
        log.warning("sync.field_types_not_learnt", reason=str(problem))
        return None


def check_types(definition: SyncDefinition, types: Mapping[str, str]) -> None:
    """Permanent, naming every field that Iterable would refuse. An event's fields are another list, which nothing tells."""
    if definition.target == SyncDefinition.Target.EVENT:
        return
    if refused := refusals(definition, definition.mappings.all(), types):
        raise Permanent(" ".join([*refused, MEND]))


def refusals(definition: SyncDefinition, rows: Iterable[FieldMapping], types: Mapping[str, str]) -> list[str]:
    """In words, a field each; the rows may be not stored yet."""
    return [words for row in rows if row.enabled and (words := _refusal(row, types, definition))]


def _refusal(row: FieldMapping, types: Mapping[str, str], definition: SyncDefinition) -> str:
    held = types.get(row.field)
    parent = types.get(row.field.rpartition(".")[0]) if "." in row.field else None
    if parent not in (None, "object", "array", "unknown"):
        return REFUSED.format(field=row.field.rpartition(".")[0], held=parent, source=row.source, type="an array of objects")
    if held is None or held in TAKEN_BY[Type(row.type)] or _is_dated(row, held, definition):
        return ""
    return REFUSED.format(field=row.field, held=held, source=row.source, type=row.get_type_display())


def _is_dated(row: FieldMapping, held: str, definition: SyncDefinition) -> bool:
    """Sent as a date because Iterable holds it as one."""
    return held == "date" and row.field in {f"{FIELD}.{key}" for key in definition.date_keys}


def date_keys_of(types: Mapping[str, str]) -> list[str]:
    return [key for key in MAYBE_DATES if types.get(f"{FIELD}.{key}") == "date"]
