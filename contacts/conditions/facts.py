"""What is known of one person, as far as conditions ask: loaded once, in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from contacts.consent.models import MessageType
from contacts.consent.resolver.person import Verdicts, verdicts_of
from contacts.consent.resolver.records import AsOf, Record, load
from contacts.models import Contact
from iterable_admin.inbox.models import Event

COLUMNS = ("email", "gitlab_user_id", "account_created_at", "last_login_at", "created_at", "in_warehouse_at")


@dataclass(frozen=True, slots=True)
class Happened:
    name: str
    at: datetime
    fields: Mapping[str, Any]
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    columns: Mapping[str, Any]
    profile: Mapping[str, Any]
    namespaces: tuple[Mapping[str, Any], ...] = ()
    events: tuple[Happened, ...] = ()
    """Oldest first; without those that were rejected, and repeats."""
    list_ids: frozenset[int] = frozenset()
    verdicts: Mapping[str, Verdicts] = field(default_factory=dict)
    """By message type."""

    @classmethod
    def of(cls, contact: Contact) -> Self:
        record = load(contact.address_key, AsOf())
        types = list(MessageType.objects.select_related("channel"))
        return cls(
            columns={name: getattr(contact, name) for name in COLUMNS},
            profile=contact.profile,
            namespaces=tuple(contact.memberships.order_by("namespace_id").values_list("information", flat=True)),
            events=events_of(contact.email),
            list_ids=list_ids_of(record),
            verdicts={found.message_type.name: found for found in verdicts_of(record, types)},
        )


def list_ids_of(record: Record) -> frozenset[int]:
    """Of the moment that the record is of."""
    seen = record.sight.list_ids if record.sight and record.sight.present else []
    return frozenset({*seen, *record.listed_at})


def events_of(email: str, until: datetime | None = None, known_at: datetime | None = None) -> tuple[Happened, ...]:
    """Those that had happened by `until`, and of which we had heard by `known_at`."""
    if not email:
        return ()
    told = Event.objects.filter(email=email, duplicate_of=None).exclude(state=Event.State.REJECTED)
    told = told.filter(received_at__lte=known_at) if known_at else told
    rows = told.values_list("name", "occurred_at", "received_at", "payload", "uuid")
    found = [Happened(name, occurred or received, payload, str(uuid)) for name, occurred, received, payload, uuid in rows]
    return tuple(sorted((event for event in found if until is None or event.at <= until), key=lambda event: event.at))
