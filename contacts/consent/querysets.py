from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from contacts.consent.models import SubscriptionChange


class LedgerQuerySet(models.QuerySet["SubscriptionChange"]):
    def of(self, address_key: str) -> LedgerQuerySet:
        """One address's rows, oldest act first."""
        return self.filter(address_key=address_key).order_by("occurred_at", "id")
