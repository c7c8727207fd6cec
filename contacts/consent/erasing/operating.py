"""What an operator does about erasures: each with a reason, each on record without an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from contacts.consent.erasing.forgetting import forget, without_address
from contacts.consent.erasing.reconciling import undecided
from contacts.consent.models import Erasure, ForgottenElsewhere
from contacts.models import Contact
from iterable_admin.audit.recording import record
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import RETRYABLE, retry

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    Actor = AbstractBaseUser | AnonymousUser

PERMISSION = "consent.forget_person"


def forget_person(email: str, user: Actor, reason: str) -> Erasure:
    erasure = forget(email, reason, user.get_username())
    recorded(user, erasure, without_address(reason, email.strip()))
    return erasure


def recorded(user: Actor | None, erasure: Erasure, reason: str) -> None:
    told = ", ".join(f"{number} {name}" for name, number in erasure.blanked.items() if number) or "nothing was kept of them"
    subject = f"person {erasure.address_key[:8]}"
    record(user, "forget", subject, {"erasure": erasure.pk}, 1, erasure.reason if user is None else reason, f"Blanked: {told}.")


def unsent(erasures: QuerySet[Erasure]) -> QuerySet[Erasure]:
    """Unconfirmed ones whose order to Iterable is kept with its address, and can go again."""
    orders = Delivery.objects.filter(operation=Delivery.Operation.FORGET, state__in=RETRYABLE).exclude(email="")
    return erasures.filter(confirmed_at=None, address_key__in=orders.values("lane"))


def send_again(erasures: QuerySet[Erasure]) -> int:
    lanes = list(unsent(erasures).values_list("address_key", flat=True))
    return retry(Delivery.objects.filter(operation=Delivery.Operation.FORGET, lane__in=lanes).exclude(email=""))


def forget_here_too(rows: QuerySet[ForgottenElsewhere], user: Actor, reason: str) -> int:
    keys = undecided().filter(pk__in=rows.values("pk")).values_list("address_key", flat=True)
    emails = list(Contact.objects.filter(address_key__in=list(keys)).values_list("email", flat=True))
    for email in emails:
        forget(email, reason, user.get_username())
    rows.filter(address_key__in=list(keys)).delete()
    return len(emails)
