"""Whether Iterable has a person: known, absent, or not known to us, which is neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from contacts.models import Presence

PRESENT, ABSENT, UNKNOWN = True, False, None
# Whether the person was there, when, and how that was seen.
Sight = tuple[bool, datetime, str]


def presence_of(address_keys: Collection[str]) -> dict[str, bool]:
    """What is known and young enough; an address that is missing from the answer has to be looked up."""
    young = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    rows = Presence.objects.filter(address_key__among=address_keys, seen_at__gte=young)
    return dict(rows.values_list("address_key", "present"))


def note_presence(address_keys: Iterable[str], *, present: bool, how: str) -> None:
    """As of now."""
    now = timezone.now()
    _store(dict.fromkeys(address_keys, (present, now, how)))


def note_sights(sights: Mapping[str, Sight]) -> None:
    """As of their own moments, which may be past: what is known from later stays."""
    known = dict(Presence.objects.filter(address_key__among=sights).values_list("address_key", "seen_at"))
    _store({key: sight for key, sight in sights.items() if key not in known or known[key] < sight[1]})


def _store(sights: Mapping[str, Sight]) -> None:
    rows = [
        Presence(address_key=key, present=present, seen_at=seen_at, how=how)
        for key, (present, seen_at, how) in sorted(sights.items())
    ]
    Presence.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["address_key"],
        update_fields=["present", "seen_at", "how"],
        batch_size=1_000,
    )
