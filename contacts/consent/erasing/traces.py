"""What each room holds of a person, and how it lets go of it. Rooms above add theirs when their app is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from contacts.models import Contact
from iterable_admin.addresses import address_key, normalise_email, user_id_lane


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be forgotten, by everything that rows may know them by."""

    email: str
    key: str
    user_id: int | None = None

    @classmethod
    def at(cls, address: str) -> Self:
        email = normalise_email(address)
        key = address_key(email)
        user_id = Contact.objects.filter(address_key=key).values_list("gitlab_user_id", flat=True).first()
        return cls(email, key, user_id)

    @property
    def user_lane(self) -> str:
        return user_id_lane(str(self.user_id)) if self.user_id else ""

    @property
    def iterable_hash(self) -> str:
        """As Iterable keeps it in users/forgotten."""
        return hash_of(self.email)


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
