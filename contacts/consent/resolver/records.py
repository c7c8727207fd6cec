"""All that is known of one address that bears on whether it may be mailed, as of any moment. A handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from contacts.consent.models import (
    AddressReport,
    Erasure,
    ForgottenElsewhere,
    List,
    ListMembership,
    ObservedProfile,
    ProfileObservation,
    SubscriptionChange,
    SubscriptionState,
)
from contacts.consent.states import key_of_state, merge
from contacts.models import Contact

Sight = ProfileObservation | ObservedProfile


@dataclass(frozen=True, slots=True)
class AsOf:
    """`at`: what had happened in the world by then; `known_at`: what we had learnt by then. Empty: now."""

    at: datetime | None = None
    known_at: datetime | None = None

    @property
    def is_now(self) -> bool:
        return self.at is None and self.known_at is None

    def limit(self, happened: str, learnt: str) -> Q:
        until = Q(**{f"{happened}__lte": self.at}) if self.at else Q()
        return until & (Q(**{f"{learnt}__lte": self.known_at}) if self.known_at else Q())


@dataclass(frozen=True, slots=True)
class Record:
    address_key: str
    contact: Contact | None
    states: list[SubscriptionState]
    sight: Sight | None
    erasure: Erasure | None
    reports: list[AddressReport]
    list_ids: dict[int, List] = field(default_factory=dict)
    """The global suppression lists that the person is on, by Iterable's id."""
    listed_at: dict[int, datetime] = field(default_factory=dict)
    """Since when we know of it, of those that were downloaded."""
    elsewhere: ForgottenElsewhere | None = None
    """Iterable has forgotten the person, and we have not."""

    @property
    def known(self) -> bool:
        forgotten = self.erasure or self.elsewhere
        known = self.contact or self.states or self.sight or forgotten or self.reports or self.list_ids
        return bool(known)

    @property
    def has_address(self) -> bool:
        """Somebody without a contact is asked about by address."""
        return self.contact is None or bool(self.contact.email)


def load(address_key: str, as_of: AsOf) -> Record:
    sight, listed_at = _sight(address_key, as_of), _listed_at(address_key, as_of)
    return Record(
        address_key,
        Contact.objects.filter(address_key=address_key).first(),
        _states(address_key, as_of),
        sight,
        Erasure.objects.filter(as_of.limit("requested_at", "requested_at"), address_key=address_key).first(),
        list(AddressReport.objects.filter(as_of.limit("occurred_at", "received_at"), address_key=address_key).order_by("-pk")),
        _global_suppressions(sight, listed_at),
        listed_at,
        ForgottenElsewhere.objects.filter(as_of.limit("first_seen_at", "first_seen_at"), address_key=address_key).first(),
    )


def _states(address_key: str, as_of: AsOf) -> list[SubscriptionState]:
    if as_of.is_now:
        return list(SubscriptionState.objects.filter(address_key=address_key))
    rows = SubscriptionChange.objects.filter(as_of.limit("occurred_at", "received_at"), address_key=address_key)
    return states_of(rows.order_by("pk"))


def states_of(rows: Iterable[SubscriptionChange]) -> list[SubscriptionState]:
    states: dict[Any, SubscriptionState] = {}
    for row in rows:
        blank = SubscriptionState(address_key=row.address_key, target=row.target, target_key=row.target_key)
        merge(states.setdefault(key_of_state(row), blank), row)
    return list(states.values())


def _sight(address_key: str, as_of: AsOf) -> Sight | None:
    if as_of.is_now:
        return ObservedProfile.objects.filter(address_key=address_key).first()
    seen = ProfileObservation.objects.filter(as_of.limit("observed_at", "received_at"), address_key=address_key)
    return seen.order_by("-observed_at", "-pk").first()


def _listed_at(address_key: str, as_of: AsOf) -> dict[int, datetime]:
    member = ListMembership.objects.filter(as_of.limit("seen_at", "seen_at"), address_key=address_key)
    return dict(member.values_list("list__iterable_id", "seen_at"))


def _global_suppressions(sight: Sight | None, listed_at: Mapping[int, datetime]) -> dict[int, List]:
    named = sight.list_ids if sight and sight.present else []
    numbers = {*listed_at, *named}
    lists = List.objects.filter(iterable_id__in=numbers, global_suppression=True) if numbers else List.objects.none()
    return {row.iterable_id: row for row in lists}
