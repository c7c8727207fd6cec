from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

OPEN = ("received", "processing", "waiting")


class EventQuerySet(models.QuerySet[Any]):
    def open(self) -> EventQuerySet:
        return self.filter(state__in=OPEN)

    def claimable(self, now: datetime) -> EventQuerySet:
        """Received, due for another try, or left behind by a worker that died; and first in their lane."""
        due = Q(state="received") | Q(state="waiting", next_attempt_at__lte=now)
        abandoned = Q(state="processing", lease_until__lt=now)
        earlier = (
            self.model._default_manager.filter(lane=OuterRef("lane"), state__in=OPEN)
            .exclude(pk=OuterRef("pk"))
            .filter(Q(withdrawal__gt=OuterRef("withdrawal")) | Q(withdrawal=OuterRef("withdrawal"), id__lt=OuterRef("id")))
        )
        in_flight = self.model._default_manager.filter(lane=OuterRef("lane"), state="processing", lease_until__gte=now).exclude(
            pk=OuterRef("pk")
        )
        return self.filter(due | abandoned).exclude(Exists(earlier)).exclude(Exists(in_flight)).order_by("-withdrawal", "id")

    def unfinished_withdrawals(self, lanes: Collection[str]) -> EventQuerySet:
        """Withdrawals that are not in the ledger yet: unprocessed, or parked for a person."""
        return self.filter(lane__in=lanes, withdrawal=True, state__in=(*OPEN, "needs_you"))
