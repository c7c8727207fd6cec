"""What an operator does to rows: try again, or give up. Attempts and refusals stay."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled, tell_settlers
from iterable_admin.outbox.switching import TASK
from iterable_admin.waking.waking import wake_after_commit

State = Delivery.State
# In flight is left alone; delivered has had its effect; ready leaves by itself.
RETRYABLE = (State.NEEDS_YOU, State.WAITING, State.SKIPPED)
# Only `manage.py doctor` can mend those: it learns the id of their channel or message type.
NAMELESS = Q(operation__in=(Delivery.Operation.UNSUBSCRIBE, Delivery.Operation.SUBSCRIBE), payload__id=None)


def retry(deliveries: QuerySet[Delivery]) -> int:
    """Returns how many go again at once, with a full number of tries; rows in another state, and NAMELESS ones, stay."""
    count = (
        deliveries.filter(state__in=RETRYABLE)
        .exclude(NAMELESS)
        .update(state=State.READY, attempts=0, deaths=0, next_attempt_at=None, reason_code="", reason="", ended_at=None)
    )
    wake_after_commit("outbox", TASK)
    return count


@transaction.atomic
def give_up(deliveries: QuerySet[Delivery], reason: str) -> int:
    """End rows that nobody will mend. Never a withdrawal: that would let its person be mailed."""
    stuck = deliveries.filter(state__in=(State.NEEDS_YOU, State.WAITING, State.HELD), withdrawal=False)
    rows = list(stuck.order_by("pk").select_for_update(of=("self",)))
    for row in rows:
        row.state, row.reason_code, row.reason = State.SKIPPED, "given_up", f"Given up: {reason}"
        row.ended_at, row.held_for, row.next_attempt_at = timezone.now(), None, None
    changed = ["state", "reason_code", "reason", "ended_at", "held_for", "next_attempt_at"]
    Delivery.objects.bulk_update(rows, changed, batch_size=500)
    tell_settlers([Settled(row) for row in rows])
    return len(rows)


def withdraw_unsent(deliveries: QuerySet[Delivery], reason: str) -> set[str]:
    """End writes that have not left, in the caller's transaction; returns their causes' ids. Nobody is told: the caller knows."""
    unsent = deliveries.filter(state__in=(State.READY, State.WAITING, State.HELD), withdrawal=False)
    rows = list(
        unsent.order_by("pk").select_for_update(of=("self",), skip_locked=True).values_list("pk", "operation", "cause_id")
    )
    ended = {"state": State.SKIPPED, "reason_code": "given_up", "reason": f"Given up: {reason}", "ended_at": timezone.now()}
    Delivery.objects.filter(pk__in=[pk for pk, _, _ in rows]).update(**ended, held_for=None, next_attempt_at=None)
    return {cause_id for _, operation, cause_id in rows if operation != Delivery.Operation.LOOK_UP}
