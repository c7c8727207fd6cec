"""Where an erasure stands, and who acts next: one sentence or two."""

from __future__ import annotations

from django.utils import timezone

from contacts.consent.erasing.reconciling import OVERDUE_AFTER
from contacts.consent.models import Erasure, ForgottenElsewhere

UNLISTED = (
    "Iterable took it, and does not list it after a day. "
    "The technical owner has the person forgotten once more under Forget a person, with the address as it was asked for."
)
FORMER = "A former address, which no row told any more: nothing comes back under it here, and Iterable cannot be told of it."


def state_of(erasure: Erasure) -> tuple[str, str]:
    """The state's key, as pills know it, and its words."""
    if not erasure.iterable_hash:
        return "done", "marked here"
    if erasure.confirmed_at:
        return "done", "confirmed by Iterable"
    if timezone.now() - erasure.requested_at > OVERDUE_AFTER:
        return "needs_you", "not confirmed"
    return ("waiting", "taken by Iterable") if erasure.accepted_at else ("ready", "on its way to Iterable")


def next_step(erasure: Erasure) -> str:
    late = timezone.now() - erasure.requested_at > OVERDUE_AFTER
    if not erasure.iterable_hash:
        return FORMER
    if erasure.confirmed_at:
        return "Nothing is left to do."
    if erasure.accepted_at:
        return UNLISTED if late else "Iterable is asked each night if it is done."
    if late:
        return "The technical owner looks at its delivery, mends what it says, and presses Send again, now."
    return "Iterable has not taken it yet: a worker sends it as the rate limit and the switch allow."


def next_step_elsewhere(row: ForgottenElsewhere) -> str:
    if row.address_key:
        return "The business owner decides, now: forget this contact here too, or have Iterable unforget it."
    return "Nobody we know: nothing to do."
