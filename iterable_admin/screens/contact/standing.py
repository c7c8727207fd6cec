"""Where a person stands outside of consent: in the sync's window or not, in Iterable or not, and what was last sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from contacts.consent.models import SubscriptionChange
from contacts.models import Contact, Presence
from contacts.sync.window import window_start

HOW = {
    "accepted": "by what Iterable answered to a delivery",
    "look_up": "by a look-up",
    "webhook": "by a webhook",
    "export": "by an export",
}


@dataclass(frozen=True, slots=True)
class Fact:
    state: str
    word: str
    sentence: str
    since: datetime | None = None


def first_known(contact: Contact) -> datetime:
    """When we first heard of the address: a withdrawal may be older than the contact."""
    told: datetime | None = SubscriptionChange.objects.filter(address_key=contact.address_key).aggregate(at=Min("occurred_at"))[
        "at"
    ]
    return min(contact.created_at, told) if told else contact.created_at


def window_of(contact: Contact) -> Fact:
    created, months = contact.account_created_at, settings.SYNC_WINDOW_MONTHS
    if created is None:
        return Fact("skipped", "unknown", "When the GitLab.com account was created is not known: no sync has read this person.")
    leaves = _leaves(created, months)
    if leaves > timezone.now().date():
        return Fact(
            "done", "inside", f"Kept in sync until {leaves:%Y-%m-%d}: the account is younger than {months} months.", created
        )
    words = f"Since {leaves:%Y-%m-%d} the nightly sync leaves this person alone: the account is older than {months} months."
    return Fact("skipped", "outside", f"{words} That is as it should be; events of theirs still go out.", created)


def _leaves(created: datetime, months: int) -> date:
    """The first day, in UTC, of which the window begins after the account was created."""
    day = (created + relativedelta(months=months)).date()
    while window_start(day, months) <= created:
        day += timedelta(days=1)
    return day


def presence_fact(contact: Contact) -> Fact:
    seen = Presence.objects.filter(pk=contact.address_key).first()
    if seen is None:
        return Fact("waiting", "unknown", "Nobody has looked yet; whatever depends on it asks Iterable first.")
    how = HOW.get(seen.how, seen.how)
    if seen.seen_at < timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS):
        last = "had" if seen.present else "did not have"
        sentence = f"Iterable {last} this person then, {how}; that is older than {settings.KNOWN_MAX_AGE_HOURS} hours."
        return Fact("waiting", "unknown", f"{sentence} Whatever depends on it asks Iterable first.", seen.seen_at)
    if seen.present:
        return Fact("done", "known", f"Iterable has this person, {how}.", seen.seen_at)
    return Fact("skipped", "absent", f"Iterable does not have this person, {how}.", seen.seen_at)
