"""What the sync would have Iterable hold of one person, made from the warehouse or from what was stored of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from contacts.models import Contact, Membership
from contacts.sync.date_keys import dated
from contacts.sync.fingerprint import fingerprint
from contacts.sync.outgoing import FIELD, Information, outgoing_fields
from iterable_admin.addresses import address_key


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    email: str
    fields: dict[str, list[Information]]
    fingerprint: str

    @classmethod
    def of(cls, email: str, namespaces: Sequence[Information], date_keys: Collection[str]) -> Self:
        """`namespaces` in the order of their ids, each once."""
        fields = outgoing_fields(dated(information, date_keys) for information in namespaces)
        return cls(address_key(email), email, fields, fingerprint(fields))

    @property
    def namespaces(self) -> list[Information]:
        return self.fields[FIELD]


def stored_profiles(keys: Collection[str], date_keys: Collection[str]) -> dict[str, Profile]:
    """By address key, of those who are known and not erased: the newest values that were read."""
    people = Contact.objects.filter(address_key__in=keys).exclude(email="")
    namespaces: dict[str, list[Information]] = {email: [] for email in people.values_list("email", flat=True)}
    members = Membership.objects.filter(contact__in=people).order_by("namespace_id")
    for email, information in members.values_list("contact__email", "information"):
        namespaces[email].append(information)
    return {(profile := Profile.of(email, found, date_keys)).key: profile for email, found in namespaces.items()}
