"""Whether Iterable has a person: known, absent, or not known to us, which is neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from contacts.models import Presence

PRESENT, ABSENT, UNKNOWN = True, False, None


def presence_of(address_keys: Collection[str]) -> dict[str, bool]:
    """What is known and young enough; an address that is missing from the answer has to be looked up."""
    young = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    rows = Presence.objects.filter(address_key__in=address_keys, seen_at__gte=young)
    return dict(rows.values_list("address_key", "present"))


def note_presence(address_keys: Iterable[str], *, present: bool, how: str) -> None:
    now = timezone.now()
    rows = [Presence(address_key=key, present=present, seen_at=now, how=how) for key in sorted(set(address_keys))]
    Presence.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["address_key"],
        update_fields=["present", "seen_at", "how"],
        batch_size=1_000,
    )
