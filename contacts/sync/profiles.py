"""What the sync would have Iterable hold of one person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

import orjson
from django.db.models import QuerySet

from contacts.models import AddressChange, Contact
from contacts.sync.fingerprint import fingerprint
from contacts.sync.mapping import Fields
from contacts.sync.models import SyncDefinition, SyncRow
from iterable_admin.addresses import address_key

# Rows of one person to look through: far more than there are definitions.
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    email: str
    fields: Fields
    fingerprint: str
    left_alone: frozenset[str] = frozenset()
    """Fields on which others have the say: they are not cleared either."""

    @classmethod
    def of(cls, email: str, fields: Fields, key: str = "") -> Self:
        return cls(key or address_key(email), email, fields, fingerprint(fields))

    @property
    def size(self) -> int:
        """In bytes, of a call."""
        return len(orjson.dumps(self.fields)) + len(self.email)

    def less(self, names: Collection[str]) -> Profile:
        fields = {name: value for name, value in self.fields.items() if name not in names}
        return replace(self, fields=fields, fingerprint=fingerprint(fields), left_alone=self.left_alone.union(names))

    def at(self, email: str) -> Profile:
        return replace(self, key=address_key(email), email=email)


def latest_profiles(definition_id: int, keys: Collection[str]) -> dict[str, Profile]:
    """By address key, of those who are not erased and have not moved: the newest values that a run wanted them to have."""
    rows = _wanted(keys).filter(run__definition=definition_id)
    moved = _moved_away(keys)
    latest = {row.address_key: row for row in rows.order_by("id") if row.address_key not in moved}
    return {key: Profile(key, row.email, row.after or {}, fingerprint(row.after or {})) for key, row in latest.items()}


def own_profile(row: SyncRow) -> Profile | None:
    """What this very row was to send; None once the person is erased."""
    return Profile.of(row.email, row.after, row.address_key) if row.email and row.after is not None else None


def newest_rows_of(key: str) -> list[SyncRow]:
    """Of one person, who has a contact under this address: of each definition the row with the newest values for the profile."""
    rows = _wanted([key]).filter(run__definition__target=SyncDefinition.Target.PROFILE, run__definition__enabled=True)
    latest: dict[int, SyncRow] = {}
    for row in rows.select_related("run__definition").order_by("-id")[:NEWEST]:
        latest.setdefault(row.run.definition_id, row)
    return list(latest.values())


def _wanted(keys: Collection[str]) -> QuerySet[SyncRow]:
    rows = SyncRow.objects.filter(run__dry_run=False, address_key__in=keys, after__isnull=False)
    # A stopped run's plan was never wanted.
    return rows.exclude(email="").exclude(state=SyncRow.State.PLANNED).exclude(run__undoes__isnull=False)


def _moved_away(keys: Collection[str]) -> set[str]:
    gone = set(AddressChange.objects.filter(old_key__in=keys, one_person=True).values_list("old_key", flat=True))
    return gone - set(Contact.objects.filter(address_key__in=gone).exclude(email="").values_list("address_key", flat=True))
