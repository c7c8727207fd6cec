"""Take events to work on: leased and counted in a transaction that is committed before the work begins."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from iterable_admin.inbox.models import Event
from iterable_admin.inbox.querysets import EventQuerySet

BATCH = 500


def claim() -> list[Event]:
    """Up to a batch of due events, each the first of its person. What a dead worker left is taken one by one."""
    now = timezone.now()
    # One by one: whichever of them killed its worker must not use up the attempts of the others. And before new ones:
    # where those never end, they would never come to their turn.
    left = _lease(Event.objects.abandoned(now).first_in_lane(now), 1, now)
    return left or _lease(Event.objects.due(now).first_in_lane(now), BATCH, now)


@transaction.atomic
def _lease(events: EventQuerySet, limit: int, now: datetime) -> list[Event]:
    rows = list(events.select_related("source").select_for_update(skip_locked=True, of=("self",))[:limit])
    owner = uuid.uuid4()
    until = now + timedelta(seconds=settings.EVENT_LEASE_SECONDS)
    Event.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Event.State.PROCESSING, lease_owner=owner, lease_until=until, attempts=F("attempts") + 1
    )
    for row in rows:
        row.state, row.lease_owner, row.attempts = Event.State.PROCESSING, owner, row.attempts + 1
    return rows
