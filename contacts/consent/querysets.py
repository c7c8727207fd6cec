from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery


class LedgerQuerySet(models.QuerySet[Any]):
    def of(self, address_key: str) -> LedgerQuerySet:
        """One address's rows, oldest act first."""
        return self.filter(address_key=address_key).order_by("occurred_at", "id")


class ObservationQuerySet(models.QuerySet[Any]):
    def lost_unsubscribes(self) -> ObservationQuerySet:
        """A channel's opt-out stood in the sight before and is gone, without an act of the person since then.

        So it looks where a profile was deleted and made anew, or where a call replaced the whole array.
        """
        from contacts.consent.models import SubscriptionChange

        before = self.model._default_manager.filter(address_key=OuterRef("address_key"), observed_at__lt=OuterRef("observed_at"))
        lost: ObservationQuerySet = self.exclude(lost_channel_ids=[]).annotate(
            seen_before=Subquery(before.order_by("-observed_at").values("observed_at")[:1])
        )
        granted = SubscriptionChange.objects.filter(
            address_key=OuterRef("address_key"),
            target__in=("all_marketing", "channel"),
            verdict__in=("granted", "confirmed"),
            basis__in=("explicit", "operator"),
            occurred_at__gte=OuterRef("seen_before"),
        )
        return lost.exclude(models.Exists(granted))
