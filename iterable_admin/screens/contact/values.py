"""What Iterable would get of a person now, and what it accepted last: field by field, and which of the two is older."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max

from contacts.models import Contact
from contacts.precedence import fields_that_the_sync_owns
from contacts.sync.models import SyncDefinition, SyncState
from contacts.sync.outgoing import FIELD
from contacts.sync.pages.changes import Line, changes, shown
from contacts.sync.profiles import newest_rows_of
from iterable_admin.audit.pills import moment_text
from iterable_admin.outbox.models import Delivery

# Updates to look through, besides those of a sync: events tell all their fields each time.
LATEST = 50


@dataclass(frozen=True, slots=True)
class Value:
    """`since`: when it was learnt here, or accepted there; `delivery` is the one that carried it."""

    value: Any
    source: str
    since: datetime | None = None
    delivery: int | None = None


Values = Mapping[str, Value]


def newest(contact: Contact) -> dict[str, Value]:
    """What events told and the syncs read, in the outgoing form; of both only who has the say."""
    found = _of_namespaces(contact)
    for row in newest_rows_of(contact.address_key):
        source = f"sync {row.run.definition}"
        found |= {name: Value(value, source, row.updated_at) for name, value in (row.after or {}).items()}
    known_since = dict(contact.field_changes.order_by().values_list("field").annotate(Max("changed_at")))
    spared = fields_that_the_sync_owns() & found.keys()
    told = {name: value for name, value in contact.profile.items() if name not in spared}
    return found | {name: Value(value, "events", known_since.get(name)) for name, value in told.items()}


def _of_namespaces(contact: Contact) -> dict[str, Value]:
    """Where no run has a row of this person any more."""
    kept = list(contact.memberships.order_by("namespace_id").values_list("information", flat=True))
    return {FIELD: Value(kept, "the namespaces kept here")} if kept else {}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one call carried, or a whole sync: fields that are null were cleared."""

    at: datetime
    fields: Mapping[str, Any]
    source: str
    delivery: int | None = None


def accepted(contact: Contact) -> dict[str, Value]:
    """The latest value of each field; one that was cleared is gone. What a sync sent stands in its state, however long ago."""
    states = SyncState.objects.filter(address_key=contact.address_key, accepted_at__isnull=False)
    states = states.filter(definition__target=SyncDefinition.Target.PROFILE).select_related("definition")
    told = [Accepted(state.accepted_at, state.accepted, f"sync {state.definition}") for state in states if state.accepted_at]
    told += [
        Accepted(row.accepted_at, row.payload.get("dataFields", {}), "profile update", row.pk)
        for row in _updates(contact)
        if row.accepted_at
    ]
    found: dict[str, Value] = {}
    for one in sorted(told, key=lambda one: (one.at, one.delivery or 0)):
        found |= {name: Value(value, one.source, one.at, one.delivery) for name, value in one.fields.items()}
    return {name: value for name, value in found.items() if value.value is not None}


def _updates(contact: Contact) -> list[Delivery]:
    rows = Delivery.objects.filter(lane=contact.address_key, accepted_at__isnull=False, operation=Delivery.Operation.PROFILE)
    return list(rows.exclude(cause="sync").order_by("-accepted_at", "-pk")[:LATEST])


def last_accepted(contact: Contact) -> Delivery | None:
    """What was last sent, whatever it was."""
    rows = Delivery.objects.filter(lane=contact.address_key, accepted_at__isnull=False)
    return rows.defer("payload").order_by("-accepted_at", "-pk").first()


@dataclass(frozen=True, slots=True)
class Differing:
    """One field. `lines`: old is what Iterable accepted, new is what it would get; of namespaces key by key."""

    name: str
    lines: list[Line]
    age: str
    delivery: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    differing: list[Differing]
    same: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Of all the fields together."""
        total = len(self.differing) + len(self.same)
        if not total:
            return "Nothing is known to send, and Iterable has accepted nothing."
        if not self.differing:
            return f"Iterable accepted last what it would get now: {total} field{'' if total == 1 else 's'}."
        return f"{len(self.differing)} of {total} field{'' if total == 1 else 's'} differ."


def compare(ours: Values, theirs: Values) -> Comparison:
    differing, same = [], []
    for name in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(name), theirs.get(name)
        if here and there and here.value == there.value:
            same.append((name, shown(here.value)))
        else:
            old, new = ({name: side.value} if side else {} for side in (there, here))
            differing.append(Differing(name, changes(old, new), _age(here, there), there.delivery if there else None))
    return Comparison([one for one in differing if one.lines], same)


def overwritten(ours: Values, theirs: Values) -> list[str]:
    """Fields that Iterable holds with a later value than ours."""
    both = ((name, ours[name], theirs[name]) for name in sorted(ours.keys() & theirs.keys()))
    return [name for name, here, there in both if here.value != there.value and not _is_newer(here, there)]


def _is_newer(here: Value, there: Value) -> bool:
    return here.since is None or there.since is None or here.since > there.since


def _age(here: Value | None, there: Value | None) -> str:
    if there is None and here:
        return f"Not accepted yet. From {here.source}{_since(here)}."
    if here is None and there:
        return f"Nothing here says it any more, and Iterable keeps it: accepted {moment_text(there.since)} ({there.source})."
    if here is None or there is None:
        return ""
    told = f"accepted {moment_text(there.since)} ({there.source})"
    if _is_newer(here, there):
        return f"Iterable's is older: {told}. Ours is from {here.source}{_since(here)}."
    return f"Iterable's is newer: {told}. Ours is from {here.source}{_since(here)}."


def _since(value: Value) -> str:
    return f", since {moment_text(value.since)}" if value.since else ""
