"""The project's rate limits, shared by every process on every machine: one row an endpoint, by the database's clock."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Now

from iterable_admin.iterable.limits import Limit, Scope, limit_of
from iterable_admin.outbox.models import HourOfCalls, RateBucket

# How far a bucket may run ahead, as a part of a second's calls. It fills up that much more slowly, so that no second,
# wherever it begins, holds more than the share that we use.
BURST = 0.1
HOUR, DAY = 3600, 86_400
HOURS_LOOKED_BACK = 24
"""Before the current one, so that no window of 24 hours, wherever it begins, holds more than the cap."""
ORGANIZATION = "organization"


def project() -> str:
    """Which Iterable project the settings mean. Keyed, so that a copy of the database tells nothing about the key."""
    told = f"{urlsplit(settings.ITERABLE_BASE_URL).netloc}\n{settings.ITERABLE_API_KEY}"
    return hmac.new(settings.ADDRESS_KEY.encode(), told.encode(), hashlib.sha256).hexdigest()[:16]


def owner_of(limit: Limit) -> str:
    """Whose bucket it is. Projects that share a database are taken to share their organization too."""
    return ORGANIZATION if limit.scope is Scope.ORGANIZATION else project()


def rate_of(limit: Limit) -> float:
    return limit.per_second * float(settings.ITERABLE_RATE_LIMIT_SCALE)


def cap_of(used_per_day: int) -> int:
    """Calls in any 24 hours."""
    return int(used_per_day * settings.ITERABLE_RATE_LIMIT_SCALE)


def reserve(endpoint: str, wanted: int = 1) -> tuple[int, float]:
    """Take up to `wanted` calls. Returns how many may leave at once and, if none, the seconds until the next may."""
    limit = limit_of(endpoint)
    rate = rate_of(limit)
    with transaction.atomic():
        bucket, now = _locked(endpoint, limit)
        free, wait = free_now(bucket, rate, now)
        granted = min(wanted, free)
        if granted and limit.used_per_day is not None:
            granted = max(0, min(granted, cap_of(limit.used_per_day) - calls_of_a_day(bucket, now)))
            wait = HOUR - now % HOUR
        if granted:
            _take(bucket, now, granted, _free_from(bucket, rate, now) + granted / _refill(rate))
    return granted, 0.0 if granted else wait


def free_now(bucket: RateBucket, rate: float, now: float) -> tuple[int, float]:
    """How many calls may leave at this moment, and the seconds until the next one may."""
    free_from = _free_from(bucket, rate, now)
    refill = _refill(rate)
    return max(0, int((now - free_from) * refill + 1e-6)), max(0.0, free_from + 1 / refill - now)


def _free_from(bucket: RateBucket, rate: float, now: float) -> float:
    return max(bucket.next_free_at, now - _burst(rate) / _refill(rate))


def _burst(rate: float) -> int:
    return max(1, int(rate * BURST))


def _refill(rate: float) -> float:
    """Calls a second."""
    return rate - _burst(rate) + 1


def _take(bucket: RateBucket, now: float, granted: int, next_free_at: float) -> None:
    if bucket.hour != now // HOUR and bucket.hour_calls:
        HourOfCalls.objects.update_or_create(bucket=bucket, hour=bucket.hour, defaults={"calls": bucket.hour_calls})
        HourOfCalls.objects.filter(bucket=bucket, hour__lt=now // HOUR - 2 * HOURS_LOOKED_BACK).delete()
    changes: dict[str, Any] = {"next_free_at": next_free_at}
    for window, seconds in (("second", 1), ("minute", 60), ("hour", HOUR)):
        same = getattr(bucket, window) == now // seconds
        changes[window] = int(now // seconds)
        changes[f"{window}_calls"] = granted + (getattr(bucket, f"{window}_calls") if same else 0)
    RateBucket.objects.filter(pk=bucket.pk).update(**changes)


def give_turns_back(endpoint: str, turns: int) -> None:
    """Calls that were reserved and not made."""
    if turns <= 0:
        return
    limit = limit_of(endpoint)
    with transaction.atomic():
        bucket, now = _locked(endpoint, limit)
        changes: dict[str, Any] = {"next_free_at": F("next_free_at") - turns / _refill(rate_of(limit))}
        for window, seconds in (("second", 1), ("minute", 60), ("hour", HOUR)):
            if getattr(bucket, window) == now // seconds:
                changes[f"{window}_calls"] = max(0, getattr(bucket, f"{window}_calls") - turns)
        RateBucket.objects.filter(pk=bucket.pk, paused_until__lte=now).update(**changes)


def calls_of_a_day(bucket: RateBucket, now: float) -> int:
    """In this hour and the twenty-four before it."""
    this_hour = int(now // HOUR)
    over = HourOfCalls.objects.filter(bucket=bucket, hour__gte=this_hour - HOURS_LOOKED_BACK)
    latest = bucket.hour_calls if bucket.hour >= this_hour - HOURS_LOOKED_BACK else 0
    return latest + (over.exclude(hour=bucket.hour).aggregate(calls=Sum("calls"))["calls"] or 0)


def _locked(endpoint: str, limit: Limit) -> tuple[RateBucket, float]:
    """The bucket, and the database's clock."""
    ours = {"project": owner_of(limit), "endpoint": endpoint}
    rows = RateBucket.objects.select_for_update().annotate(now=Now()).filter(**ours)
    bucket = rows.first()
    if bucket is None:
        RateBucket.objects.bulk_create([RateBucket(**ours)], ignore_conflicts=True)
        bucket = rows.get()
    return bucket, cast(Any, bucket).now.timestamp()


def pause_endpoint(endpoint: str, seconds: float, *, too_many: bool = True) -> None:
    """Nobody calls this endpoint for so long: Iterable said that it is `too_many`, or that the key may not."""
    with transaction.atomic():
        bucket, now = _locked(endpoint, limit_of(endpoint))
        until = max(bucket.next_free_at, now + seconds)
        last_429_at = now if too_many else bucket.last_429_at
        RateBucket.objects.filter(pk=bucket.pk).update(next_free_at=until, paused_until=until, last_429_at=last_429_at)
