"""What each room holds of a person, and how it lets go of it. Rooms above add theirs when their app is ready."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from django.db.models import F, Q

from contacts.linking import linked
from contacts.models import AddressChange, Contact, FieldChange
from iterable_admin.addresses import address_key, normalise_email, user_id_lane
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be forgotten, by everything that rows may know them by. `email` is empty where no row tells it any more."""

    email: str
    key: str
    user_id: int | None = None

    @classmethod
    def at(cls, address: str) -> Self:
        email = normalise_email(address)
        key = address_key(email)
        return cls(email, key, user_of({key, *others_of(key)}))

    def elsewhere(self) -> list[Person]:
        """The same person at each other address that they have had; what is known by their user is found here alone."""
        others = others_of(self.key)
        emails = in_clear(others)
        return [Person(emails.get(key, ""), key) for key in sorted(others)]

    @property
    def user_lane(self) -> str:
        return user_id_lane(str(self.user_id)) if self.user_id else ""

    @property
    def iterable_hash(self) -> str:
        """As Iterable keeps it in users/forgotten."""
        return hash_of(self.email) if self.email else ""


def others_of(key: str) -> set[str]:
    """Keys of the other addresses of whoever has this one. Not those that somebody else has by now."""
    reached = linked([key]).get(key, set())
    back = linked(reached)
    return {other for other in reached if key in back.get(other, ())}


def user_of(keys: Collection[str]) -> int | None:
    """The GitLab user who has one of these addresses, else who had it last."""
    known = Contact.objects.filter(address_key__in=keys, gitlab_user_id__isnull=False)
    known = known.order_by(F("address_at").desc(nulls_last=True), "-pk")
    had = AddressChange.objects.filter(Q(old_key__in=keys) | Q(new_key__in=keys), one_person=True, gitlab_user_id__isnull=False)
    found = known.values_list("gitlab_user_id", flat=True).first() or had.values_list("gitlab_user_id", flat=True).first()
    return int(found) if found else None


def in_clear(keys: Collection[str]) -> dict[str, str]:
    """By key, the address where any row still tells it: the contact, its history, an event or a delivery."""
    held = list(Contact.objects.filter(address_key__in=keys).values_list("email", flat=True)) if keys else []
    told = [Model.objects.filter(lane__in=keys).exclude(email="").values_list("email", flat=True) for Model in (Event, Delivery)]
    moves = AddressChange.objects.filter(Q(old_key__in=keys) | Q(new_key__in=keys)).values("new_key")
    history = FieldChange.objects.filter(field="email", contact__address_key__in=moves).values_list("old", "new")
    said = [*held, *(email for rows in told if keys for email in rows.distinct()), *(email for pair in history for email in pair)]
    return {address_key(email): email for email in said if isinstance(email, str) and address_key(email) in keys}


def hash_of(identifier: str) -> str:
    return sha256(identifier.strip().lower().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Trace:
    """One kind of row. `count` reads only; `blank` may be called again and finds nothing then."""

    name: str
    count: Callable[[Person], int]
    blank: Callable[[Person], int]


_traces: dict[str, Trace] = {}


def register_trace(trace: Trace) -> None:
    _traces[trace.name] = trace


def traces() -> list[Trace]:
    """In the order in which they were registered: the pipes first, whose rows end before others are blanked."""
    return list(_traces.values())
