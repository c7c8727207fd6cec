"""A withdrawal that was carried to an address is told to Iterable, where Iterable has somebody under it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from contacts.consent.applying import opt_outs
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import SubscriptionChange
from contacts.models import Contact
from contacts.presence import ABSENT, UNKNOWN, presence_of
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up
from iterable_admin.outbox.models import Delivery


def close(carried: Sequence[SubscriptionChange], known: Mapping[str, tuple[str, str]] | None = None) -> None:
    """In the transaction that records them. `known`: email and user id by address key.

    Nobody is created by it: whether Iterable has them is asked first, where it is not known.
    """
    causes = {row.address_key: Cause("address", row.cause_id) for row in carried}
    withdrawn = live_withdrawals(causes) if causes else {}
    people = {**_known_people(withdrawn), **(known or {})} if withdrawn else {}
    present = presence_of(withdrawn)
    steps: list[Delivery] = []
    for key in sorted(withdrawn.keys() & people.keys()):
        email, user_id = people[key]
        if present.get(key) is UNKNOWN:
            steps.append(named(look_up(email, causes[key], withdrawal=True), user_id))
        elif present[key] is not ABSENT:
            steps += [named(step, user_id) for step in opt_outs(email, causes[key])]
    enqueue(steps)


def named(step: Delivery, user_id: str) -> Delivery:
    """Where a project goes by user ids, an address alone names nobody."""
    step.user_id = user_id
    return step


def _known_people(keys: Collection[str]) -> dict[str, tuple[str, str]]:
    """Of contacts, and of old addresses under which Iterable has taken something from us."""
    sent = Delivery.objects.filter(lane__in=keys, accepted_at__isnull=False).exclude(email="").order_by("pk")
    people = {lane: (email, user_id) for lane, email, user_id in sent.values_list("lane", "email", "user_id")}
    contacts = Contact.objects.filter(address_key__in=keys).exclude(email="")
    for key, email, user_id in contacts.values_list("address_key", "email", "gitlab_user_id"):
        people[key] = (email, str(user_id or ""))
    return people
