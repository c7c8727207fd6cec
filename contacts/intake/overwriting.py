"""Would the replay of an event bring back an old value? Which fields, and what told the newer ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from contacts.models import FieldChange
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.overwriting import accepted_profiles

# A page cannot wait for more, nor does anybody read more than a few of them.
MOST_LOOKED_AT = 500
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Written:
    """One value of one person, and what it came from."""

    field: str
    value: Any
    at: datetime
    by: str


def warnings_of(events: QuerySet[Event]) -> list[str]:
    """A sentence for each event that would overwrite something, and one for those that were not looked at."""
    told = list(events.filter(door=Event.Door.EVENT).exclude(email="").order_by("pk")[: MOST_LOOKED_AT + 1])
    said = list(_sentences(told[:MOST_LOOKED_AT]))
    if len(told) > MOST_LOOKED_AT:
        said.append(f"Only the first {MOST_LOOKED_AT} were looked at: more of them may overwrite newer values.")
    rest = len(said) - MOST_NAMED
    return said if rest <= 0 else [*said[:MOST_NAMED], f"There are {rest} more such warnings. Latest values overwrites nothing."]


def _sentences(events: Sequence[Event]) -> Iterator[str]:
    written = _written_since(events)
    for event in events:
        by: dict[str, list[str]] = {}
        for name, newer in _last([one for one in written[event.lane] if one.at > event.received_at]).items():
            fields = event.payload.get("data_fields", {})
            if name in fields and fields[name] != newer.value and str(event.uuid) not in newer.by:
                by.setdefault(newer.by, []).append(name)
        for source, names in by.items():
            yield f"As received, event {event.pk} would overwrite newer values: {', '.join(sorted(names))}, told by {source}."


def _last(written: Sequence[Written]) -> dict[str, Written]:
    return {one.field: one for one in sorted(written, key=lambda one: one.at)}


def _written_since(events: Sequence[Event]) -> defaultdict[str, list[Written]]:
    """By lane: what events told is in the history of the fields, what the sync and operators wrote in the deliveries."""
    found: defaultdict[str, list[Written]] = defaultdict(list)
    lanes = {event.lane for event in events}
    since = min((event.received_at for event in events), default=None)
    if since is None:
        return found
    changes = FieldChange.objects.filter(contact__address_key__in=lanes, changed_at__gt=since).order_by("pk")
    for change in changes.select_related("contact"):
        by = f"{change.cause} {change.cause_id}"
        found[change.contact.address_key].append(Written(change.field, change.new, change.changed_at, by))
    for delivery in accepted_profiles(lanes):
        at = delivery.accepted_at
        if delivery.cause != "event" and at is not None:
            by = f"{'the sync' if delivery.cause == 'sync' else delivery.cause}, delivery {delivery.pk}"
            fields = delivery.payload.get("dataFields", {})
            found[delivery.lane] += [Written(name, value, at, by) for name, value in fields.items()]
    return found
