"""Counts that stay quick whatever the tables hold, and links to the lists behind them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from iterable_admin.audit.browsing import MOST_COUNTED


def newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """No more than MOST_COUNTED of them: of more, nobody needs the exact number."""
    first_too_many = rows.order_by("-id").values("id")[MOST_COUNTED : MOST_COUNTED + 1]
    return rows.filter(id__gt=Coalesce(Subquery(first_too_many), 0)).order_by()


def count_capped(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST_COUNTED].count()


def in_words(count: int) -> str:
    """`1,234`, and `100,000+` where counting stopped."""
    return f"{count:,}+" if count >= MOST_COUNTED else f"{count:,}"


def number_of(count: int, one: str, many: str = "") -> str:
    return f"{in_words(count)} {one if count == 1 else many or f'{one}s'}"


def list_url(kind: str, **filters: str) -> str:
    url = reverse(f"admin:{kind}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url
