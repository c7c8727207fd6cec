"""People with a past: what was known of each from which day on, counted from a Monday at noon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contacts.consent.models import AddressReport, ForgottenElsewhere, List, ListMembership
from contacts.models import Contact, FieldChange, Membership
from tests.consent.resolver.conftest import GITLAB, MARKETING, RECEIPT, see
from tests.factories import ContactFactory, EventFactory, NamespaceFactory, SubscriptionChangeFactory

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
LONG_AGO = -40.0
Information = dict[str, Any]


def day(number: float) -> datetime:
    return MONDAY + timedelta(days=number)


TODAY, THEN = day(70), day(28)
"""Both Mondays as well: 16 March and 2 February."""


def namespace(*, owner: bool = True, members: int = 1, trial: bool = False, paid: bool = False, stages: str = "") -> Information:
    return {
        "USER_ACCESS_LEVEL_NAME": "Owner" if owner else "Developer",
        "CURRENT_MEMBER_COUNT": members,
        "IS_ACTIVE_TRIAL": trial,
        "GITLAB_PLAN_IS_PAID": paid,
        "LIST_OF_STAGES": stages.split(),
    }


@dataclass(frozen=True)
class Somebody:
    """`spaces`: from which day on they are in which namespaces; `events`: what they did, and when."""

    name: str
    events: tuple[tuple[str, float], ...]
    spaces: tuple[tuple[float, tuple[Information, ...]], ...]
    consent: Callable[[str], None]
    role: str = "product_manager"
    trial_start: str = "2026-01-05"
    account: float | None = None
    known_since: float = LONG_AGO
    address: str = ""


def arrive(everybody: Sequence[Somebody]) -> None:
    for number, somebody in enumerate(everybody, 1):
        _arrive(somebody, number)


def _arrive(somebody: Somebody, number: int) -> None:
    contact = ContactFactory.create(
        address_key=somebody.name,
        email=somebody.address or f"{somebody.name}@example.com",
        profile={"userRole": somebody.role, "latest_trial_start_date": somebody.trial_start},
        account_created_at=None if somebody.account is None else day(somebody.account),
    )
    Contact.objects.filter(pk=contact.pk).update(created_at=day(somebody.known_since))
    for name, at in somebody.events:
        EventFactory.create(email=contact.email, lane=contact.address_key, name=name, received_at=day(at), state="done")
    _remember(contact, somebody, number)
    somebody.consent(somebody.name)


def _remember(contact: Contact, somebody: Somebody, number: int) -> None:
    """The latest namespaces are today's; each time before that they became others, and the history says so."""
    told = [(at, _numbered(of, number)) for at, of in somebody.spaces]
    for (_, old), (at, new) in zip([(LONG_AGO, []), *told], told, strict=False):
        if at > LONG_AGO:
            change = {"field": "namespace_information", "old": old, "new": new, "cause": "sync", "cause_id": "1"}
            FieldChange.objects.create(contact=contact, changed_at=day(at), **change)
    for information in told[-1][1] if told else []:
        found = NamespaceFactory.create(namespace_id=information["NAMESPACE_ID"])
        Membership.objects.create(contact=contact, namespace=found, information=information)


def _numbered(of: tuple[Information, ...], number: int) -> list[Information]:
    return [{"NAMESPACE_ID": 1_000 * number + place, **information} for place, information in enumerate(of)]


# Of consent, each a function of the address key.


def granted(key: str, at: float = -30) -> None:
    _say(key, at, "granted", target="message_type", target_key=str(GITLAB))


def opted_in(key: str) -> None:
    granted(key)
    subscribed(key)


def subscribed(key: str, at: float = -30, **arrays: Any) -> None:
    see(key, day(at), **{"subscribed_message_type_ids": [GITLAB], **arrays})


def never_asked(key: str) -> None:
    see(key, day(-30))


def granted_here_only(key: str) -> None:
    granted(key)
    see(key, day(-30))


def without_evidence(key: str) -> None:
    subscribed(key)


def not_in_iterable(key: str) -> None:
    granted(key)
    see(key, day(-30), present=False)


def never_looked_for(key: str) -> None:
    granted(key)


def no_receipts(key: str) -> None:
    granted(key)
    subscribed(key, unsubscribed_message_type_ids=[RECEIPT])


def withdrew(at: float, *, told_iterable: bool) -> Callable[[str], None]:
    def consent(key: str) -> None:
        opted_in(key)
        _say(key, at, "withdrawn", target="all_marketing", target_key="")
        if told_iterable:
            see(key, day(at), subscribed_message_type_ids=[])

    return consent


def left_the_channel(at: float) -> Callable[[str], None]:
    def consent(key: str) -> None:
        opted_in(key)
        subscribed(key, at, unsubscribed_channel_ids=[MARKETING])

    return consent


def reported(kind: AddressReport.Kind, at: float) -> Callable[[str], None]:
    def consent(key: str) -> None:
        opted_in(key)
        told = {"kind": kind, "occurred_at": day(at), "received_at": day(at), "cause": "event", "cause_id": key}
        AddressReport.objects.create(address_key=key, **told)

    return consent


def listed(at: float) -> Callable[[str], None]:
    def consent(key: str) -> None:
        opted_in(key)
        known, _ = List.objects.get_or_create(iterable_id=9, defaults={"name": "Everywhere", "global_suppression": True})
        ListMembership.objects.create(list=known, address_key=key, seen_at=day(at))

    return consent


def forgotten(at: float) -> Callable[[str], None]:
    def consent(key: str) -> None:
        opted_in(key)
        ForgottenElsewhere.objects.create(kind="email", iterable_hash=key, address_key=key, first_seen_at=day(at))

    return consent


def asked_at_last(at: float) -> Callable[[str], None]:
    def consent(key: str) -> None:
        without_evidence(key)
        granted(key, at)

    return consent


def _say(key: str, at: float, verdict: str, **target: str) -> None:
    told = {"basis": "explicit", "source": "Marketo", "occurred_at": day(at), "received_at": day(at)}
    SubscriptionChangeFactory.create(address_key=key, verdict=verdict, **target, **told)
