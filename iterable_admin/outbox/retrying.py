"""What an operator does to rows: try again, or give up. Attempts and refusals stay."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from iterable_admin.outbox.enqueueing import TASK
from iterable_admin.outbox.models import Delivery
from iterable_admin.waking.waking import wake_after_commit

State = Delivery.State
# In flight is left alone; delivered has had its effect; ready leaves by itself.
RETRYABLE = (State.NEEDS_YOU, State.WAITING, State.SKIPPED)


def retry(deliveries: QuerySet[Delivery]) -> int:
    """Returns how many go again at once, with a full number of tries; rows in another state are left as they are.

    Rows without the id of their channel or message type stay: only `manage.py doctor` can mend those.
    """
    nameless = Q(operation__in=("unsubscribe", "subscribe"), payload__id=None)
    count = (
        deliveries.filter(state__in=RETRYABLE)
        .exclude(nameless)
        .update(state=State.READY, attempts=0, next_attempt_at=None, reason_code="", reason="", ended_at=None)
    )
    wake_after_commit("outbox", TASK)
    return count


def give_up(deliveries: QuerySet[Delivery], reason: str) -> int:
    """End rows that nobody will mend. Never a withdrawal: that would let its person be mailed."""
    return deliveries.filter(state__in=(State.NEEDS_YOU, State.WAITING, State.HELD), withdrawal=False).update(
        state=State.SKIPPED, reason_code="given_up", reason=f"Given up: {reason}", ended_at=timezone.now(), held_for=None
    )
