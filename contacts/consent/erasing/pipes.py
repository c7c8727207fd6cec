"""What the two pipes and the contacts hold of a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q, QuerySet

from contacts.consent.erasing.marks import USER_LANE
from contacts.consent.erasing.traces import Person, Trace
from contacts.models import AddressChange, Contact, FieldChange, Membership, Namespace
from iterable_admin.inbox import blanking as events
from iterable_admin.inbox.models import Event
from iterable_admin.outbox import blanking as deliveries
from iterable_admin.outbox.models import Delivery


def _deliveries(person: Person) -> QuerySet[Delivery]:
    """But for the one that tells Iterable to forget them, which needs the address until Iterable has taken it."""
    theirs = Q(lane=person.key) | Q(email=person.email) | Q(joined_lane=person.key)
    told = Delivery.objects.filter(theirs).exclude(operation=Delivery.Operation.FORGET)
    return told.exclude(email="", request_id="", state__in=Delivery.ENDED)


def _blank_deliveries(person: Person) -> int:
    keys = list(_deliveries(person).values_list("pk", flat=True))
    deliveries.end_open(Delivery.objects.filter(pk__in=keys))
    return deliveries.blank(keys, person.email)


def _events(person: Person) -> QuerySet[Event]:
    lanes = [lane for lane in (person.key, person.user_lane) if lane]
    rejected = Q(state=Event.State.REJECTED, raw_body__icontains=person.email) & (Q(lane="") | Q(lane__startswith=USER_LANE))
    theirs = Event.objects.filter(Q(lane__in=lanes) | Q(email=person.email) | rejected)
    return theirs.exclude(email="", user_id="", raw_body="", mended_body="", payload={}, request_id="")


def _contacts(person: Person) -> QuerySet[Contact]:
    return Contact.objects.filter(address_key=person.key)


def _history(person: Person) -> QuerySet[FieldChange]:
    return FieldChange.objects.filter(contact__address_key=person.key)


def _memberships(person: Person) -> QuerySet[Membership]:
    return Membership.objects.filter(contact__address_key=person.key)


def _own_namespaces(person: Person) -> QuerySet[Namespace]:
    """Those that we know of nobody else."""
    theirs = _memberships(person).values("namespace_id")
    alone = Namespace.objects.filter(pk__in=theirs).annotate(people=Count("memberships")).filter(people=1)
    return Namespace.objects.filter(pk__in=list(alone.values_list("pk", flat=True)))


def _blank_events(person: Person) -> int:
    # By key, because blanking takes away what they are found by.
    keys = list(_events(person).values_list("pk", flat=True))
    return events.end_and_blank(Event.objects.filter(pk__in=keys))


def _changes(person: Person) -> QuerySet[AddressChange]:
    """Their keys stay joined, so that what was withdrawn at one holds at the others; the user is nobody any more."""
    return AddressChange.objects.filter(gitlab_user_id=person.user_id, gitlab_user_id__isnull=False)


def _blank_changes(person: Person) -> int:
    open_ones = _changes(person).exclude(state=AddressChange.State.SETTLED)
    open_ones.update(state=AddressChange.State.SETTLED, reason=deliveries.REASON)
    return _changes(person).update(gitlab_user_id=None)


def _removed(name: str, rows: Callable[[Person], QuerySet[Any]]) -> Trace:
    def remove(person: Person) -> int:
        number = rows(person).count()
        rows(person).delete()
        return number

    return Trace(name, lambda person: rows(person).count(), remove)


TRACES = (
    Trace("deliveries", lambda person: _deliveries(person).count(), _blank_deliveries),
    Trace("events", lambda person: _events(person).count(), _blank_events),
    _removed("namespaces of this person only", _own_namespaces),
    _removed("memberships", _memberships),
    _removed("changes of fields", _history),
    Trace("changes of address", lambda person: _changes(person).count(), _blank_changes),
    _removed("contacts", _contacts),
)
