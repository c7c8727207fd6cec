"""Who was erased: known by keys alone, and asked so that no erasure can come in between."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from contacts.consent.locking import Lock, lock, lock_shared
from contacts.consent.models import Erasure

USER_LANE = "user:"


def erased_among(lanes: Collection[str]) -> set[str]:
    """Address keys, and lanes of user ids whose address was never known."""
    keys = [lane for lane in lanes if lane and not lane.startswith(USER_LANE)]
    users = [lane for lane in lanes if lane.startswith(USER_LANE)]
    if not keys and not users:
        return set()
    theirs = Q(address_key__among=keys)
    found = Erasure.objects.filter(theirs | Q(user_lane__among=users) if users else theirs)
    return {lane for pair in found.values_list("address_key", "user_lane") for lane in pair} & set(lanes)


def erased_for_good(lanes: Collection[str]) -> set[str]:
    """Within a transaction: until it ends, nobody else is erased, so that nothing of theirs is written afterwards."""
    lock_shared(Lock.ERASING)
    return erased_among(lanes)


def erase_alone() -> None:
    """Waits until whoever may be storing something of people is through."""
    lock(Lock.ERASING)
