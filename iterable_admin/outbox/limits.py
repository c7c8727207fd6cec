"""The project's rate limits, shared by every process on every machine: one row an endpoint, by the database's clock."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from iterable_admin.iterable.limits import allowed_per_second
from iterable_admin.outbox.models import RateBucket

# How far a bucket may run ahead, as a part of a second's calls: 80 % plus this stays under the documented limit in
# any window of one second.
BURST = 0.2


def reserve(endpoint: str, wanted: int = 1) -> tuple[int, float]:
    """Take up to `wanted` calls. Returns how many may leave at once and, if none, the seconds until the next may."""
    rate = allowed_per_second(endpoint) * settings.ITERABLE_RATE_LIMIT_SCALE
    with transaction.atomic():
        bucket = _locked(endpoint)
        now = cast(datetime, bucket.now).timestamp()  # type: ignore[attr-defined]
        ahead = max(1.0, rate * BURST)
        free_from = max(bucket.next_free_at, now - ahead / rate)
        granted = max(0, min(wanted, int((now - free_from) * rate + 1e-6)))
        if granted > 0:
            RateBucket.objects.filter(pk=endpoint).update(next_free_at=free_from + granted / rate)
    return granted, 0.0 if granted else max(0.0, free_from + 1 / rate - now)


def _locked(endpoint: str) -> RateBucket:
    rows = RateBucket.objects.select_for_update().annotate(now=Now())
    bucket = rows.filter(pk=endpoint).first()
    if bucket is None:
        RateBucket.objects.bulk_create([RateBucket(endpoint=endpoint)], ignore_conflicts=True)
        bucket = rows.get(pk=endpoint)
    return bucket


def pause_endpoint(endpoint: str, seconds: float) -> None:
    """Iterable said that it is enough: nobody calls this endpoint for so long."""
    with transaction.atomic():
        bucket = _locked(endpoint)
        now = cast(datetime, bucket.now).timestamp()  # type: ignore[attr-defined]
        RateBucket.objects.filter(pk=endpoint, next_free_at__lt=now + seconds).update(next_free_at=now + seconds)
