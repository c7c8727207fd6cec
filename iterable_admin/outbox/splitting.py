"""A call that keeps failing because of one of its rows: smaller companies from try to try, until the culprit stands alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from iterable_admin.iterable.errors import IterableError
from iterable_admin.iterable.retry import asked_wait, longest_delay
from iterable_admin.outbox.batching import CallRow
from iterable_admin.outbox.judging import judge_failures, scaled
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from iterable_admin.outbox.settling import End

# A failure that passes has passed by then, more often than not.
TRIES_TOGETHER = 3
# Halves show whether the endpoint works at all; an outage must not turn a call of a thousand into a thousand calls.
TRIES_WITHOUT_EVIDENCE = 5
PARTS = 8
SOON = timedelta(seconds=1)


def judge_crowd(rows: Sequence[CallRow], error: IterableError) -> dict[int, End]:
    """The ends of all rows of a failed call. A 500 may be one row's fault, so none of several is given up for it early."""
    deliveries = [delivery for row in rows for delivery in row.deliveries]
    if error.call.status != 500 or len(rows) == 1:
        return judge_failures(deliveries, error)
    tries = max(delivery.attempts for delivery in deliveries)
    company = _company(rows, error, tries)
    wait = asked_wait(error) or random.random() * longest_delay(tries)  # noqa: S311 - spreads load, keeps nothing secret
    reason = f"{error} Sent again with at most {company - 1} others: it may be one row that fails." if company else str(error)
    end = End(Delivery.State.WAITING, "retry", reason, timezone.now() + scaled(wait, error), company=company)
    spent = [delivery for delivery in deliveries if delivery.attempts >= settings.DELIVERY_MAX_ATTEMPTS]
    return dict.fromkeys((delivery.pk for delivery in deliveries), end) | judge_failures(spent, error)


def _company(rows: Sequence[CallRow], error: IterableError, tries: int) -> int | None:
    if tries < TRIES_TOGETHER:
        return None
    if _works_for_others(max((row.first for row in rows), key=lambda row: row.attempts), error):
        return part_of(len(rows), PARTS)
    return part_of(len(rows), 2) if tries <= TRIES_WITHOUT_EVIDENCE else None


def _works_for_others(row: Delivery, error: IterableError) -> bool:
    """Whether a call to the same endpoint went well since this row first failed."""
    first = RefusedRow.objects.filter(delivery=row).aggregate(at=Min("attempt__started_at"))["at"]
    went_well = Attempt.objects.filter(endpoint=error.call.endpoint, status__gte=200, status__lt=300)
    return first is not None and went_well.filter(started_at__gt=first).exists()


def part_of(rows: int, parts: int) -> int:
    return max(1, -(-rows // parts))


def refused_unnamed(rows: Sequence[CallRow], error: IterableError) -> dict[int, End]:
    """Refused whole, and as many calls made as one batch may cost: the rest goes in smaller batches next time."""
    company = part_of(len(rows), PARTS)
    reason = f"Refused together with {len(rows) - 1} others, of which Iterable named none. Sent again with at most {company - 1}."
    end = End(Delivery.State.WAITING, "retry", f"{reason} Iterable said: {error}", timezone.now() + SOON, company=company)
    return {delivery.pk: end for row in rows for delivery in row.deliveries}
