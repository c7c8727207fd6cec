"""Have a person forgotten: the mark first, which keeps them from coming back, then Iterable, then everything here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the erasures of one person keep: the words without an address, and the lane of their user."""

    reason: str
    by: str
    user_lane: str


def footprint(person: Person) -> dict[str, int]:
    """How many rows of each kind would be blanked or removed, under all addresses of the person. Reads only."""
    everywhere = [person, *person.elsewhere()]
    return {trace.name: sum(trace.count(one) for one in everywhere if one.email) for trace in traces()}


def forget(email: str, reason: str, requested_by: str) -> Erasure:
    """Under every address that the person is known to have had. Returns the erasure of the one that was given.

    May be called again: it finishes what was left, and tells Iterable again if that has not confirmed it.
    """
    person = Person.at(email)
    if not is_email(person.email):
        raise Permanent("This is not an email address.")
    with transaction.atomic():
        erase_alone()
        # Read again: who waited for the lock may have moved, and what joins the addresses goes with the first of them.
        person = Person.at(email)
        others = person.elsewhere()
        words = without_addresses(reason, [email.strip(), person.email, *(other.email for other in others)])
        asked = Asked(words, requested_by, person.user_lane)
        for other in others:
            _forget_at(other, _mark(other, asked))
        erasure = _mark(person, asked)
        _forget_at(person, erasure)
    return erasure


def _forget_at(person: Person, erasure: Erasure) -> None:
    if not person.email:
        return
    _tell_iterable(erasure, person)
    found = {trace.name: trace.count(person) for trace in traces()}
    for trace in traces():
        trace.blank(person)
    erasure.blanked = {name: erasure.blanked.get(name, 0) + number for name, number in found.items()}
    erasure.blanked_at = timezone.now()
    erasure.save(update_fields=["blanked", "blanked_at"])


def _mark(person: Person, asked: Asked) -> Erasure:
    erasure, _ = Erasure.objects.get_or_create(
        address_key=person.key,
        defaults={
            "iterable_hash": person.iterable_hash,
            "reason": asked.reason,
            "requested_by": asked.by,
            "requested_at": timezone.now(),
        },
    )
    erasure.user_lane = asked.user_lane or erasure.user_lane
    erasure.iterable_hash = erasure.iterable_hash or person.iterable_hash
    erasure.save(update_fields=["user_lane", "iterable_hash"])
    return erasure


def without_address(text: str, email: str) -> str:
    """Neither this address nor another, whatever somebody typed."""
    return without_addresses(text, [email])


def without_addresses(text: str, emails: Sequence[str]) -> str:
    for email in filter(None, emails):
        text = re.sub(re.escape(email), mask_email(email), text, flags=re.IGNORECASE)
    return mask_emails(text)


def _tell_iterable(erasure: Erasure, person: Person) -> None:
    under_way = Delivery.objects.filter(lane=person.key, operation=Delivery.Operation.FORGET, state__in=NOT_LOST)
    if erasure.confirmed_at is None and not under_way.exists():
        enqueue([forgetting(person.email, Cause("operator", str(erasure.pk)))])
