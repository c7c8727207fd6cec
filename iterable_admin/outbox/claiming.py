"""Take deliveries to send: leased and counted in a transaction that is committed before the call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from iterable_admin.outbox.batching import merges_nested, said_once
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.querysets import DeliveryQuerySet

# How many rows of a dead worker's batch are tried together, by the deaths so far: the one that kills its worker
# comes to stand alone before too many deaths are counted against its neighbours.
AFTER_A_DEATH = {0: 100, 1: 10}


def claim(operation: str, limit: int, *, only_withdrawals: bool = False) -> list[Delivery]:
    """Up to `limit` due rows of one operation, each the first of its person (for profiles: and those right behind)."""
    now = timezone.now()
    rows = Delivery.objects.filter(operation=operation)
    if only_withdrawals:
        rows = rows.filter(withdrawal=True)
    # The left ones first: where new work never ends they would never come to their turn.
    return _abandoned(rows, limit, now) or _lease(rows.due(now).first_in_lane(now), limit, now)


def give_back(rows: Sequence[Delivery]) -> None:
    """Those of a claim that no call was made for go back as they were; settling took the lease off the others."""
    left = [row for row in rows if row.lease_owner]
    if left:
        ours = Delivery.objects.filter(pk__in=[row.pk for row in left], lease_owner=left[0].lease_owner, state="sending")
        ours.update(state="ready", attempts=F("attempts") - 1, lease_owner=None, lease_until=None, next_attempt_at=None)


def _abandoned(rows: DeliveryQuerySet, limit: int, now: datetime) -> list[Delivery]:
    left = rows.abandoned(now).first_in_lane(now).order_by("deaths", "id")
    first = left.first()
    if first is None:
        return []
    together = AFTER_A_DEATH.get(first.deaths, 1)
    return _lease(left.filter(deaths=first.deaths), min(limit, together), now, deaths=1)


@transaction.atomic
def _lease(rows: DeliveryQuerySet, limit: int, now: datetime, *, deaths: int = 0) -> list[Delivery]:
    claimed = list(rows.order_by("-withdrawal", "id").select_for_update(skip_locked=True, of=("self",))[:limit])
    if claimed and claimed[0].operation == Delivery.Operation.PROFILE:
        claimed += _right_behind(claimed, now)
    owner = uuid.uuid4()
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    Delivery.objects.filter(pk__in=[row.pk for row in claimed]).update(
        state=Delivery.State.SENDING,
        lease_owner=owner,
        lease_until=until,
        attempts=F("attempts") + 1,
        deaths=F("deaths") + deaths,
    )
    for row in claimed:
        row.state, row.lease_owner, row.attempts = Delivery.State.SENDING, owner, row.attempts + 1
        row.deaths += deaths
    return claimed


def _right_behind(heads: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Profile updates of the same people with nothing else in between: they merge into one row of the call."""
    lanes = [head.lane for head in heads]
    open_rows = Delivery.objects.open().filter(Q(lane__in=lanes) | Q(joined_lane__in=lanes))
    behind = open_rows.exclude(pk__in=[head.pk for head in heads]).select_for_update(skip_locked=True, of=("self",))
    blocked: set[str] = set()
    alike = {head.lane: _manner(head) for head in heads}
    found = []
    for row in behind.order_by("-withdrawal", "id"):
        ready = row.state == "ready" or (row.state == "waiting" and row.next_attempt_at and row.next_attempt_at <= now)
        same = row.operation == Delivery.Operation.PROFILE and _manner(row) == alike.get(row.lane)
        if row.lane in blocked or not ready or not same:
            # A change of address is behind the head, but nothing behind the change is.
            blocked |= {row.lane, row.joined_lane}
        else:
            found.append(row)
    return found


def _manner(row: Delivery) -> tuple[Any, ...]:
    """What is said once for a row of the call: updates that differ in it do not merge."""
    return *said_once(row), merges_nested(row)
