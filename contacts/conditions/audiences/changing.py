"""What changed about one person between two moments, as far as a condition asks: its part, and the row behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.conditions.catalogue import OF_PERSON, Place
from contacts.conditions.past import NAMESPACES, facts_of
from contacts.conditions.tracing import Trace, trace
from contacts.conditions.tree import All, Any, Compare, Condition, InList, MayReceive, Namespaces, Not, Performed
from contacts.conditions.wording import in_words
from contacts.consent.models import ListMembership, MessageType, ProfileObservation, SubscriptionChange
from contacts.consent.resolver.records import AsOf, load
from contacts.models import Contact, FieldChange
from iterable_admin.inbox.models import Event

CAUSES = {
    "first": "the first count",
    "condition": "the condition was changed",
    "many": "not looked into",
    "contact": "first known here",
    "field": "a field changed",
    "event": "an event came in",
    "ledger": "the ledger",
    "observation": "seen in Iterable",
    "list": "a list",
    "time": "time passed",
    "unknown": "no row tells",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """`part` in words; `cause` of CAUSES; `key` of the row, of an event its UUID."""

    part: str
    cause: str
    key: str = ""


NOT_TOLD = Changed("nothing on record tells", "unknown")


def what_changed(condition: Condition, contact: Contact, types: Sequence[MessageType], since: datetime, now: datetime) -> Changed:
    if contact.created_at > since:
        return Changed("first known here", "contact", str(contact.pk))
    known = facts_of(load(contact.address_key, AsOf(since, since)), types, since, since)
    before = trace(condition, known, since)
    after = trace(condition, facts_of(load(contact.address_key, AsOf()), types), now)
    differing = [leaf for old, leaf in zip(_leaves(before), _leaves(after), strict=True) if old.holds != leaf.holds]
    if not differing:
        return NOT_TOLD
    first, more = differing[0], len(differing) - 1
    words = in_words(first.condition) + (f", and {more} more" if more else "")
    cause, key = _cause(first, contact, since)
    return Changed(words, cause, key)


def _leaves(found: Trace) -> Iterator[Trace]:
    """Namespaces as a whole: which of them came closest may be another one each time."""
    if isinstance(found.condition, All | Any | Not):
        for part in found.of:
            yield from _leaves(part)
    else:
        yield found


Cause = tuple[str, str]


def _cause(leaf: Trace, contact: Contact, since: datetime) -> Cause:
    match leaf.condition:
        case Compare(field, operator):
            aged = operator in ("within_days", "over_days_ago")
            return _field(contact, field, since) or (("time", "") if aged else _column(field))
        case Namespaces():
            return _field(contact, NAMESPACES, since) or ("time", "")
        case Performed(event):
            return _event(contact, event, since) or ("time", "")
        case InList(list_id):
            return _sight(contact, since) or _listed(contact, list_id)
        case MayReceive():
            return _ledger(contact, since) or _sight(contact, since) or ("unknown", "")
    return "unknown", ""


def _field(contact: Contact, field: str, since: datetime) -> Cause | None:
    rows = FieldChange.objects.filter(contact=contact, field=field, changed_at__gt=since).order_by("-pk")
    number = rows.values_list("pk", flat=True).first()
    return ("field", str(number)) if number else None


def _column(field: str) -> Cause:
    """Columns without a history are the warehouse's."""
    return ("field", "") if OF_PERSON[field].place == Place.COLUMN else ("unknown", "")


def _event(contact: Contact, name: str, since: datetime) -> Cause | None:
    rows = Event.objects.filter(email=contact.email, name=name, received_at__gt=since).order_by("-pk")
    uuid = rows.values_list("uuid", flat=True).first()
    return ("event", str(uuid)) if uuid else None


def _ledger(contact: Contact, since: datetime) -> Cause | None:
    rows = SubscriptionChange.objects.filter(address_key=contact.address_key, received_at__gt=since).order_by("-pk")
    number = rows.values_list("pk", flat=True).first()
    return ("ledger", str(number)) if number else None


def _sight(contact: Contact, since: datetime) -> Cause | None:
    rows = ProfileObservation.objects.filter(address_key=contact.address_key, received_at__gt=since).order_by("-pk")
    number = rows.values_list("pk", flat=True).first()
    return ("observation", str(number)) if number else None


def _listed(contact: Contact, list_id: int) -> Cause:
    row = ListMembership.objects.filter(address_key=contact.address_key, list__iterable_id=list_id).first()
    return ("list", str(row.list_id)) if row else ("list", "")
