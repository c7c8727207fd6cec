from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

OPEN = ("ready", "sending", "waiting", "held", "settling")


class DeliveryQuerySet(models.QuerySet[Any]):
    def open(self) -> DeliveryQuerySet:
        return self.filter(state__in=OPEN)

    def stuck_withdrawals(self) -> DeliveryQuerySet:
        """Withdrawals that Iterable has not applied and that wait for a person."""
        return self.filter(state="needs_you", withdrawal=True)

    def due(self, now: datetime) -> DeliveryQuerySet:
        """Ready, or due for another try. A row held for a withdrawal has no such time: it is released by it."""
        return self.filter(Q(state="ready") | Q(state__in=("waiting", "held"), next_attempt_at__lte=now))

    def abandoned(self, now: datetime) -> DeliveryQuerySet:
        """Left behind by a worker that died."""
        return self.filter(state="sending", lease_until__lt=now)

    def first_in_lane(self, now: datetime) -> DeliveryQuerySet:
        """Rows that nothing of the same person holds back: no earlier open row, none in flight, no stuck withdrawal."""
        lane = self.model._default_manager.filter(lane=OuterRef("lane")).exclude(pk=OuterRef("pk"))
        same_rank = Q(withdrawal=OuterRef("withdrawal"), id__lt=OuterRef("id"))
        earlier = lane.filter(Q(withdrawal__gt=OuterRef("withdrawal")) | same_rank, state__in=OPEN)
        in_flight = lane.filter(state="sending", lease_until__gte=now)
        stuck = lane.filter(state="needs_you", withdrawal=True)
        free = self.exclude(Exists(earlier)).exclude(Exists(in_flight))
        return free.exclude(Q(withdrawal=False) & Exists(stuck))
