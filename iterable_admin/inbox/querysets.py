from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

OPEN = ("received", "processing", "waiting")
# Parked and rejected ones; and withdrawals that no ledger holds, because nobody knows yet whose they are.
NEEDS_SOMEBODY = Q(state__in=("needs_you", "rejected")) | Q(state="held", reason_code="no_address", withdrawal=True)


class EventQuerySet(models.QuerySet[Any]):
    def open(self) -> EventQuerySet:
        return self.filter(open=True)

    def due(self, now: datetime) -> EventQuerySet:
        return self.open().filter(Q(state="received") | Q(state="waiting", next_attempt_at__lte=now))

    def abandoned(self, now: datetime) -> EventQuerySet:
        """Left behind by a worker that died."""
        return self.open().filter(state="processing", lease_until__lt=now)

    def first_in_lane(self, now: datetime) -> EventQuerySet:
        """Events that nothing of the same person holds back: no earlier open one, none being processed."""
        lane = self.model._default_manager.filter(lane=OuterRef("lane"), open=True)
        earlier = Q(withdrawal=OuterRef("withdrawal"), id__lt=OuterRef("id"))
        first = Q(withdrawal=True) & ~Q(withdrawal=OuterRef("withdrawal"))
        in_flight = Q(state="processing", lease_until__gte=now) & ~Q(pk=OuterRef("pk"))
        return self.exclude(Exists(lane.filter(earlier | first | in_flight))).order_by("-withdrawal", "id")

    def unfinished_withdrawals(self, lanes: Collection[str]) -> EventQuerySet:
        """Withdrawals that are not in the ledger yet: unprocessed, or parked for a person."""
        return self.filter(lane__in=lanes, withdrawal=True, state__in=(*OPEN, "needs_you"))
