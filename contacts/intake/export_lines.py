"""Lines of Iterable's exports, told to the same rules as its webhooks: what a webhook told already is not told again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from contacts.consent.erasing.marks import erased_for_good
from contacts.consent.looking import sighting_of
from contacts.consent.models import ObservedProfile
from contacts.consent.observing import observe
from contacts.intake.accepting import Arrival
from contacts.intake.iterable_webhooks.door import find_addresses, incoming_of
from contacts.intake.iterable_webhooks.reading import read_address, read_webhook
from contacts.intake.people import know_by_address
from contacts.intake.reading import Unreadable
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event, Source
from iterable_admin.inbox.storing import Incoming, dedup_key, store
from iterable_admin.iterable.reads import User

AT_ONCE = 500
USERS = "user"
# Whose events they are that no webhook told. It has no token: nobody can call as it.
SOURCE = "Iterable exports"
Counts = dict[str, int]


def take_lines(kind: str, lines: Iterable[str], until: datetime, cause_id: str) -> Iterator[Counts]:
    """Some hundred at a time: how many were read, which of them were news, and which no JSON object."""
    rest = iter(lines)
    while chunk := list(islice(rest, AT_ONCE)):
        objects = [found for line in chunk if line.strip() and (found := _object(line)) is not None]
        news = _take_users(objects, until, cause_id) if kind == USERS else _take_events(kind, objects)
        yield {"read": len(chunk), "new": news, "unreadable": sum(bool(line.strip()) for line in chunk) - len(objects)}


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _take_events(kind: str, objects: Sequence[dict[str, Any]]) -> int:
    arrival = _arrival(kind)
    webhooks = [read_webhook(found, arrival.received_at, name=kind) for found in objects]
    find_addresses(webhooks)
    incoming = [incoming_of(arrival, webhook, json.dumps(found)) for webhook, found in zip(webhooks, objects, strict=True)]
    stored = store(arrival.source, _news(incoming))
    return sum(not row.duplicate for row in stored)


def _arrival(kind: str) -> Arrival:
    source, _ = Source.objects.get_or_create(name=SOURCE, defaults={"active": False, "notes": "What webhooks did not tell."})
    return Arrival(source, f"export/{kind}", "application/x-json-stream", str(uuid4()), "", timezone.now())


def _news(incoming: Sequence[Incoming]) -> list[Incoming]:
    """Less what came by a webhook, whichever source its token belongs to."""
    keys = {dedup_key(item.repeat_key) for item in incoming if item.repeat_key}
    sources = Source.objects.values("pk")
    known = set(Event.objects.filter(source__in=sources, dedup_key__in=keys).values_list("dedup_key", flat=True))
    return [item for item in incoming if not item.repeat_key or dedup_key(item.repeat_key) not in known]


def _take_users(objects: Sequence[dict[str, Any]], until: datetime, cause_id: str) -> int:
    """Profiles as they stand when the export is made, which is not before its span ends.

    News are changes of people who had been seen before: nobody told us of those. Whoever is there is known from now on: they
    may be mailed, and a withdrawal that waited for them is applied.
    """
    people = {address_key(email): (email, found) for found in objects if (email := _address(found))}
    seen_before = set(ObservedProfile.objects.filter(address_key__in=people).values_list("address_key", flat=True))
    sightings = [
        sighting_of(key, User(None, None, found), until, cause_id, source="export") for key, (_, found) in sorted(people.items())
    ]
    with transaction.atomic():
        erased_for_good(people)
        know_by_address({key: email for key, (email, _) in people.items()})
        return sum(row.address_key in seen_before for row in observe(sightings))


def _address(found: dict[str, Any]) -> str:
    try:
        return read_address(found.get("email"))
    except Unreadable:
        return ""
