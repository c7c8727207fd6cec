"""The gate: nobody who withdrew becomes mailable by anything that leaves here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from contacts.consent.applying import opt_outs
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import SubscriptionChange
from contacts.presence import presence_of
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip

Operation = Delivery.Operation
AT_ONCE = timedelta(seconds=1)


def guard(deliveries: Sequence[Delivery]) -> Mapping[int, Hold | Skip]:
    """Hold what could create or mail a person whose withdrawal is not applied yet; drop grants that a withdrawal beats."""
    rows = [row for row in deliveries if row.operation not in (Operation.UNSUBSCRIBE, Operation.LOOK_UP)]
    if not rows:
        return {}
    lanes = {row.lane for row in rows}
    unprocessed = _unprocessed(lanes)
    withdrawn = live_withdrawals(lanes)
    objections: dict[int, Hold | Skip] = {row.pk: unprocessed[row.lane] for row in rows if row.lane in unprocessed}
    rest = [row for row in rows if row.pk not in objections and row.lane in withdrawn]
    objections |= {row.pk: _beaten(withdrawn[row.lane]) for row in rest if row.operation == Operation.SUBSCRIBE}
    return objections | _uncovered([row for row in rest if row.pk not in objections], withdrawn)


def _unprocessed(lanes: Collection[str]) -> dict[str, Hold]:
    events = Event.objects.unfinished_withdrawals(lanes).only("lane", "uuid", "state")
    return {
        event.lane: Hold("withdrawal", f"Waits for unsubscribe {event.uuid} ({event.get_state_display()}).") for event in events
    }


def _beaten(withdrawal: SubscriptionChange) -> Skip:
    return Skip("withdrawn", f"The person withdrew at {withdrawal.occurred_at:%Y-%m-%d %H:%M} UTC, which no older grant lifts.")


def _uncovered(rows: Sequence[Delivery], withdrawn: Mapping[str, SubscriptionChange]) -> dict[int, Hold]:
    """Rows enqueued before the withdrawal was known: its opt-out is put in front of them now.

    Nothing is done for an update of somebody whom Iterable is not known to have: the opt-out itself would create them.
    """
    if not rows:
        return {}
    lanes = {row.lane for row in rows}
    present = {lane for lane, is_present in presence_of(lanes).items() if is_present}
    covered = _covered(withdrawn)
    bare = [row for row in rows if row.lane not in covered and (row.creates or row.lane in present)]
    return {row.pk: _put_opt_out_before(row) for row in bare}


def _covered(withdrawn: Mapping[str, SubscriptionChange]) -> set[str]:
    """Whose channel opt-out was accepted since the withdrawal, and lately: a profile deleted since has lost it."""
    lately = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    accepted = Delivery.objects.filter(
        accepted_at__gte=lately, lane__in=withdrawn, operation=Operation.UNSUBSCRIBE, payload__group=CHANNEL
    )
    return {lane for lane, moment in accepted.values_list("lane", "accepted_at") if moment >= withdrawn[lane].received_at}


def _put_opt_out_before(row: Delivery) -> Hold:
    with transaction.atomic():
        on_its_way = Delivery.objects.open().filter(lane=row.lane, operation=Operation.UNSUBSCRIBE)
        stuck = Delivery.objects.stuck_withdrawals().filter(lane=row.lane)
        if not on_its_way.exists() and not stuck.exists():
            enqueue(opt_outs(row.email, Cause(row.cause, row.cause_id, row.request_id)))
    return Hold("withdrawal", "Waits for the opt-out of a person who withdrew, which goes first.", AT_ONCE)
