"""What is left of an erased person's deliveries: what was done when and how it ended, and nothing of whom or what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from iterable_admin.outbox.registry import Settled, tell_settlers

State = Delivery.State
ERASED = "erased"
REASON = "The person was erased."
NAMED = "Blanked: it named a person who was erased."
# What these say names no person; what ends them later reads it.
IMPERSONAL = (Delivery.Operation.SUBSCRIBE, Delivery.Operation.UNSUBSCRIBE)
NOBODY: dict[str, Any] = {"email": "", "user_id": "", "request_id": ""}


@transaction.atomic
def end_open(rows: QuerySet[Delivery]) -> int:
    """Withdrawals too: whoever is forgotten gets no mail. What is in flight ends when its worker is through."""
    waiting = rows.filter(state__in=(State.READY, State.WAITING, State.HELD, State.NEEDS_YOU))
    ending = list(waiting.order_by("pk").select_for_update(of=("self",)))
    for row in ending:
        row.state, row.reason_code, row.reason = State.SKIPPED, ERASED, REASON
        row.ended_at, row.held_for, row.next_attempt_at = timezone.now(), None, None
    changed = ["state", "reason_code", "reason", "ended_at", "held_for", "next_attempt_at"]
    Delivery.objects.bulk_update(ending, changed, batch_size=500)
    tell_settlers([Settled(row) for row in ending])
    return len(ending)


def blank(keys: Collection[int], email: str) -> int:
    """These deliveries of one person, in whatever state, and what calls said of them."""
    rows = Delivery.objects.filter(pk__in=keys)
    _blank_answers(keys, email)
    rows.exclude(operation__in=IMPERSONAL).update(payload={})
    rows.exclude(reason="").update(reason=REASON)
    return rows.update(**NOBODY)


def _blank_answers(keys: Collection[int], email: str) -> None:
    """An answer to many rows names this person among others: it is blanked whole, being kept for a week only."""
    refusals = RefusedRow.objects.filter(delivery__in=keys)
    refusals.exclude(message="").update(message=REASON)
    calls = attempts_of(keys)
    answered = Attempt.objects.filter(pk__in=calls)
    answered.exclude(excerpt="").update(excerpt="")
    answered.exclude(error="").update(error=NAMED)
    # One error of the whole call is told of each of its rows.
    RefusedRow.objects.filter(attempt__in=calls, message__icontains=email).update(message=NAMED)
    Delivery.objects.filter(last_attempt__in=calls, reason__icontains=email).update(reason=NAMED)


def attempts_of(keys: Collection[int]) -> list[int]:
    last = Delivery.objects.filter(pk__in=keys, last_attempt__isnull=False).values_list("last_attempt", flat=True)
    refused = RefusedRow.objects.filter(delivery__in=keys).values_list("attempt", flat=True)
    return sorted({pk for pk in (*last, *refused) if pk})
