"""Whether Iterable has a person: known, absent, or not known to us, which is neither."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import Listing, Presence
from iterable_admin.copying import upsert_rows

PRESENT, ABSENT, UNKNOWN = True, False, None
ACCEPTED = """INSERT INTO contacts_presence (address_key, present, seen_at, how)
    SELECT address_key, true, %s, 'accepted' FROM ({people}) AS people WHERE true
    ON CONFLICT (address_key) DO UPDATE SET present = EXCLUDED.present, seen_at = EXCLUDED.seen_at, how = EXCLUDED.how"""
# Whether the person was there, when, and how that was seen.
Sight = tuple[bool, datetime, str]


def presence_of(address_keys: Collection[str]) -> dict[str, bool]:
    """What is known and young enough; an address that is missing from the answer has to be looked up."""
    young = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    rows = Presence.objects.filter(address_key__among=address_keys, seen_at__gte=young)
    return dict(rows.values_list("address_key", "present"))


def listed_since() -> datetime | None:
    """When the latest complete listing of Iterable's people began, if it is young enough to tell who is absent."""
    young = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    complete = Listing.objects.filter(state=Listing.State.COMPLETED, started_at__gte=young)
    return complete.order_by("-started_at").values_list("started_at", flat=True).first()


def presence_by_listing(address_keys: Collection[str]) -> dict[str, bool]:
    """As `presence_of`; besides, whoever is neither on the latest listing nor was seen since is absent.

    Good enough for updates that create nobody; where a withdrawal depends on it, Iterable is asked.
    """
    known = presence_of(address_keys)
    if (since := listed_since()) is None:
        return known
    seen = set(Presence.objects.filter(address_key__among=address_keys, seen_at__gte=since).values_list("address_key", flat=True))
    return {key: known[key] if key in seen else ABSENT for key in address_keys}


def note_presence(address_keys: Iterable[str], *, present: bool, how: str) -> None:
    """As of now."""
    now = timezone.now()
    _store(dict.fromkeys(address_keys, (present, now, how)))


def note_accepted(people: QuerySet[Any]) -> None:
    """Of all rows of a query, by their `address_key`: Iterable has just taken them. Nobody becomes an object."""
    query, parameters = people.order_by("address_key").values("address_key").distinct().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ACCEPTED.format(people=query), [timezone.now(), *parameters])


def note_sights(sights: Mapping[str, Sight]) -> None:
    """As of their own moments, which may be past: what is known from later stays."""
    known = dict(Presence.objects.filter(address_key__among=sights).values_list("address_key", "seen_at"))
    _store({key: sight for key, sight in sights.items() if key not in known or known[key] < sight[1]})


def _store(sights: Mapping[str, Sight]) -> None:
    rows = [
        Presence(address_key=key, present=present, seen_at=seen_at, how=how)
        for key, (present, seen_at, how) in sorted(sights.items())
    ]
    upsert_rows(rows, ["address_key"], ["present", "seen_at", "how"])
