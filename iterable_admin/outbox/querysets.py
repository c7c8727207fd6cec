from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q


class DeliveryQuerySet(models.QuerySet[Any]):
    def open(self) -> DeliveryQuerySet:
        return self.filter(open=True)

    def would_send(self) -> DeliveryQuerySet:
        """What was decided in observe mode, and not sent."""
        return self.filter(reason_code="would_send")

    def stuck_withdrawals(self) -> DeliveryQuerySet:
        """Withdrawals that Iterable has not applied and that wait for a person."""
        return self.filter(stuck=True)

    def due(self, now: datetime) -> DeliveryQuerySet:
        """Ready, or due for another try. A row held for a withdrawal has no such time: it is released by it."""
        return self.open().filter(Q(state="ready") | Q(state__in=("waiting", "held"), next_attempt_at__lte=now))

    def abandoned(self, now: datetime) -> DeliveryQuerySet:
        """Left behind by a worker that died."""
        return self.open().filter(state="sending", lease_until__lt=now)

    def first_in_lane(self, now: datetime) -> DeliveryQuerySet:
        """Rows that nothing of the same person holds back: no earlier open row, none in flight, no stuck withdrawal.

        A stuck withdrawal holds other withdrawals only of its own cause: the channel goes before its type, which alone would
        create the person with the channel open. A new act of the person brings a pair of its own.

        A change of address stands in two lanes: it waits in both, and both wait for it until it is applied. Withdrawals go
        before it as before everything else, but not while it is on its way.
        """
        lane = self.model._default_manager.filter(lane=OuterRef("lane"))
        # A withdrawal need not wait until an earlier one of the same person is applied: they travel in one queue.
        earlier = Q(withdrawal=OuterRef("withdrawal"), id__lt=OuterRef("id")) & ~Q(withdrawal=True, state="settling")
        first = Q(withdrawal=True) & ~Q(withdrawal=OuterRef("withdrawal"))
        in_flight = Q(state="sending", lease_until__gte=now) & ~Q(pk=OuterRef("pk"))
        moving = Q(operation="change_address", state="settling")
        before = earlier | first | in_flight | moving
        free = self.exclude(Exists(lane.filter(before, open=True)))
        free = free.exclude(Exists(self._moving_away("lane").filter(earlier | in_flight | moving)))
        same_act = Q(cause=OuterRef("cause"), cause_id=OuterRef("cause_id"), id__lt=OuterRef("id"))
        held_back = Q(withdrawal=False) & Exists(lane.filter(stuck=True))
        free = free.exclude(held_back | Exists(lane.filter(same_act, stuck=True)))
        return free.exclude(~Q(joined_lane="") & self._held_in_the_old_lane(before, earlier))

    def _moving_away(self, lane: str) -> DeliveryQuerySet:
        """Open changes from the address of this lane to another."""
        rows: DeliveryQuerySet = self.model._default_manager.filter(joined_lane=OuterRef(lane), open=True)
        return rows

    def _held_in_the_old_lane(self, before: Q, earlier: Q) -> Q:
        """What holds back a change of address where the person came from."""
        old = self.model._default_manager.filter(lane=OuterRef("joined_lane"))
        waits = Exists(old.filter(before, open=True)) | Exists(old.filter(stuck=True))
        return Q(waits | Exists(self._moving_away("joined_lane").filter(earlier)))
