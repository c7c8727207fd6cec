from __future__ import annotations

from typing import Any

from django.db import models


class LedgerQuerySet(models.QuerySet[Any]):
    def of(self, address_key: str) -> LedgerQuerySet:
        """One address's rows, oldest act first."""
        return self.filter(address_key=address_key).order_by("occurred_at", "id")
