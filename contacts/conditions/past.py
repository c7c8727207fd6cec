"""What was known of an address at a moment: subscriptions, lists and events of then, and fields by undoing their history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contacts.conditions.facts import COLUMNS, Facts, events_of, list_ids_of
from contacts.consent.models import MessageType
from contacts.consent.resolver.person import verdicts_of
from contacts.consent.resolver.records import Record
from contacts.models import Contact, FieldChange

NAMESPACES = "namespace_information"
"""The name under which the history of fields keeps which namespaces differ."""
AHEAD = "Of what is still to come nothing is known: this is how it is now."
NAMESPACE_ID = "NAMESPACE_ID"
WITHOUT_HISTORY = frozenset({"account_created_at", "last_login_at", "in_warehouse_at"})
"""Columns of which only today's value is known: at a past moment they count as they are today."""


def facts_of(record: Record, types: Iterable[MessageType], at: datetime | None = None, known_at: datetime | None = None) -> Facts:
    """Of `record`, loaded as of the same moments (None: now). Of somebody who is no contact, verdicts and lists alone."""
    contact = record.contact if record.contact and record.contact.email else None
    verdicts = {found.message_type.name: found for found in verdicts_of(record, list(types))}
    facts = Facts({}, {}, list_ids=list_ids_of(record), verdicts=verdicts)
    if contact is None or (at and contact.created_at > at):
        return facts
    columns = {name: getattr(contact, name) for name in COLUMNS}
    profile, namespaces = dict(contact.profile), _namespaces(contact)
    if at:
        namespaces = _undo(contact, at, columns, profile, namespaces)
    return Facts(columns, profile, namespaces, events_of(contact.email, at, known_at), facts.list_ids, verdicts)


Namespaces = tuple[dict[str, Any], ...]


def _namespaces(contact: Contact) -> Namespaces:
    return tuple(contact.memberships.order_by("namespace_id").values_list("information", flat=True))


def _undo(contact: Contact, at: datetime, columns: dict[str, Any], profile: dict[str, Any], namespaces: Namespaces) -> Namespaces:
    """Newest change first, each put back in place."""
    for change in FieldChange.objects.filter(contact=contact, changed_at__gt=at).order_by("-changed_at", "-id"):
        if change.field == NAMESPACES:
            namespaces = _undo_namespaces(namespaces, change)
        elif change.field in columns:
            columns[change.field] = change.old
        elif change.old is None:
            profile.pop(change.field, None)
        else:
            profile[change.field] = change.old
    return namespaces


def _undo_namespaces(namespaces: Namespaces, change: FieldChange) -> Namespaces:
    told = {one.get(NAMESPACE_ID) for one in (*(change.new or []), *(change.old or []))}
    kept = [one for one in namespaces if one.get(NAMESPACE_ID) not in told]
    return tuple(sorted([*kept, *(change.old or [])], key=lambda one: one.get(NAMESPACE_ID) or 0))
