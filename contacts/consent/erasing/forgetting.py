"""Have a person forgotten: the mark first, which keeps them from coming back, then Iterable, then everything here."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone

from contacts.consent.erasing.marks import erase_alone
from contacts.consent.erasing.traces import Person, traces
from contacts.consent.models import Erasure
from iterable_admin.addresses import is_email, mask_email
from iterable_admin.errors import Permanent
from iterable_admin.outbox.enqueueing import Cause, enqueue, forgetting
from iterable_admin.outbox.models import Delivery
from iterable_admin.redaction import mask_emails

State = Delivery.State
# It is on its way, or stands where somebody can retry it.
NOT_LOST = (*Delivery.OPEN, State.NEEDS_YOU)


def footprint(person: Person) -> dict[str, int]:
    """How many rows of each kind would be blanked or removed. Reads only."""
    return {trace.name: trace.count(person) for trace in traces()}


def forget(email: str, reason: str, requested_by: str) -> Erasure:
    """May be called again: it finishes what was left, and tells Iterable again if that has not confirmed it."""
    person = Person.at(email)
    if not is_email(person.email):
        raise Permanent("This is not an email address.")
    with transaction.atomic():
        erase_alone()
        erasure = _mark(person, reason, requested_by)
        _tell_iterable(erasure, person)
        found = footprint(person)
        for trace in traces():
            trace.blank(person)
        erasure.blanked = {name: erasure.blanked.get(name, 0) + number for name, number in found.items()}
        erasure.blanked_at = timezone.now()
        erasure.save(update_fields=["blanked", "blanked_at", "user_lane"])
    return erasure


def _mark(person: Person, reason: str, requested_by: str) -> Erasure:
    erasure, _ = Erasure.objects.get_or_create(
        address_key=person.key,
        defaults={
            "iterable_hash": person.iterable_hash,
            "reason": without_address(reason, person.email),
            "requested_by": requested_by,
            "requested_at": timezone.now(),
        },
    )
    erasure.user_lane = person.user_lane or erasure.user_lane
    return erasure


def without_address(text: str, email: str) -> str:
    """Neither this address nor another, whatever somebody typed."""
    return mask_emails(re.sub(re.escape(email), mask_email(email), text, flags=re.IGNORECASE))


def _tell_iterable(erasure: Erasure, person: Person) -> None:
    under_way = Delivery.objects.filter(lane=person.key, operation=Delivery.Operation.FORGET, state__in=NOT_LOST)
    if erasure.confirmed_at is None and not under_way.exists():
        enqueue([forgetting(person.email, Cause("operator", str(erasure.pk)))])
