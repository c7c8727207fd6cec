"""What is used and left of Iterable's rate limits, endpoint by endpoint, from the buckets that every call goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.safestring import SafeString

from iterable_admin.audit.pills import pill
from iterable_admin.iterable.limits import LIMITS, Limit, limit_of
from iterable_admin.outbox.limits import HOUR, HOURS_LOOKED_BACK, ORGANIZATION, cap_of, free_now, project, rate_of
from iterable_admin.outbox.models import HourOfCalls, RateBucket


@dataclass(frozen=True, slots=True)
class Line:
    """One endpoint. `used` are calls let go in the current second, the current minute and the last 24 whole hours."""

    endpoint: str
    limit: Limit
    rate: float
    """Calls a second that we allow ourselves."""
    per_day: int | None = None
    used: tuple[int, int, int] = (0, 0, 0)
    left: int = 0
    """Calls that may leave at this moment."""
    next_at: datetime | None = None
    paused_until: datetime | None = None
    last_429_at: datetime | None = None

    @property
    def per_minute(self) -> float:
        return round(self.rate * 60, 2)

    @property
    def left_of_day(self) -> int | None:
        return None if self.per_day is None else max(0, self.per_day - self.used[2])

    @property
    def pill(self) -> SafeString:
        if self.paused_until:
            return pill("paused", "paused")
        if self.left_of_day == 0:
            return pill("needs_you", "the day's calls are used up")
        return pill("live", "free") if self.left else pill("waiting", "next call soon")


def budget() -> tuple[list[Line], list[Line]]:
    """Two queries. The endpoints that were called with this key in 24 hours or are paused, and all others."""
    mine = Q(project=project()) | Q(project=ORGANIZATION)
    buckets = list(RateBucket.objects.filter(mine).annotate(now=Now()).order_by("endpoint"))
    hours = _calls_by_hour(buckets)
    lines = [_line(bucket, hours) for bucket in buckets]
    known = {line.endpoint for line in lines}
    never = [Line(name, limit, rate_of(limit), _per_day(limit)) for name, limit in LIMITS.items() if name not in known]
    called = [line for line in lines if line.used[2] or line.paused_until]
    quiet = [line for line in lines if line not in called]
    return called, sorted([*quiet, *never], key=lambda line: line.endpoint)


def _calls_by_hour(buckets: Iterable[RateBucket]) -> dict[int, int]:
    """By bucket: the calls of the hours before its latest one, as far back as a day's cap looks."""
    since = min((_now(bucket) // HOUR - HOURS_LOOKED_BACK for bucket in buckets), default=0)
    latest = {bucket.pk: bucket.hour for bucket in buckets}
    hours = HourOfCalls.objects.filter(bucket__in=latest, hour__gte=since)
    found: dict[int, int] = {}
    for pk, hour, calls in hours.values_list("bucket_id", "hour", "calls"):
        found[pk] = found.get(pk, 0) + (calls if hour != latest[pk] else 0)
    return found


def _line(bucket: RateBucket, hours: dict[int, int]) -> Line:
    limit, now = limit_of(bucket.endpoint), _now(bucket)
    this_hour = bucket.hour_calls if bucket.hour >= now // HOUR - HOURS_LOOKED_BACK else 0
    left, wait = free_now(bucket, rate_of(limit), now)
    return Line(
        endpoint=bucket.endpoint,
        limit=limit,
        rate=rate_of(limit),
        per_day=_per_day(limit),
        used=(
            bucket.second_calls if bucket.second == now // 1 else 0,
            bucket.minute_calls if bucket.minute == now // 60 else 0,
            hours.get(bucket.pk, 0) + this_hour,
        ),
        left=left,
        next_at=None if left else _moment(now + wait),
        paused_until=_moment(bucket.paused_until) if bucket.paused_until > now else None,
        last_429_at=_moment(bucket.last_429_at) if bucket.last_429_at else None,
    )


def _per_day(limit: Limit) -> int | None:
    return None if limit.used_per_day is None else cap_of(limit.used_per_day)


def _now(bucket: RateBucket) -> float:
    return float(cast(Any, bucket).now.timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
