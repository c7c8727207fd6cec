"""Withdrawals that were only observed are decided again once the switch lets them leave."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import SubscriptionChange
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import TASK
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from iterable_admin.outbox.switching import Mode, current, mode
from iterable_admin.waking.waking import wake_after_commit

AT_ONCE = 1_000
DECIDED_AGAIN = "Would have been sent while the switch was on observe. Decided again since."


@transaction.atomic
def reconsider_observed() -> int:
    """For a sweep. Returns how many people's withdrawals go on: those that still stand.

    The unsubscribe itself begins again, so that nobody whom Iterable does not have is created by it; where it is no longer
    kept, the opt-outs go as they are.
    """
    if mode(current()) == Mode.OBSERVE:
        return 0
    retry(_would_send().filter(operation=Delivery.Operation.FORGET))
    observed = list(_observed().select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE])
    rows = Delivery.objects.filter(pk__in=[row.pk for row in observed])
    withdrawn = live_withdrawals({row.lane for row in observed})
    begun_again = _begin_again(withdrawn.values())
    orphans = [lane for lane, withdrawal in withdrawn.items() if withdrawal.cause_id not in begun_again]
    retry(rows.filter(lane__in=orphans))
    rows.exclude(lane__in=orphans).update(reason_code="observed", reason=DECIDED_AGAIN)
    return len(withdrawn)


def _observed() -> QuerySet[Delivery]:
    return _would_send().exclude(operation=Delivery.Operation.FORGET)


def _would_send() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.SKIPPED, reason_code="would_send", withdrawal=True)


def _begin_again(withdrawals: Collection[SubscriptionChange]) -> set[str]:
    """The events of these ledger rows, as far as they are kept; returns their ids as the ledger names them."""
    uuids = [UUID(row.cause_id) for row in withdrawals if row.cause == "event"]
    events = Event.objects.filter(uuid__in=uuids, door=Event.Door.UNSUBSCRIBE).exclude(state=Event.State.REJECTED)
    kept = {str(uuid) for uuid in events.values_list("uuid", flat=True)}
    events.filter(state__in=(Event.State.DONE, Event.State.SKIPPED)).update(
        state=Event.State.RECEIVED, attempts=0, ended_at=None, reason_code="", reason=DECIDED_AGAIN
    )
    if kept:
        wake_after_commit("inbox", TASK)
    return kept
