"""The gate: nobody who withdrew becomes mailable by anything that leaves here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from contacts.consent.applying import opt_outs
from contacts.consent.erasing.marks import erased_among
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.keeping import kept_of
from contacts.consent.ledger import live_withdrawals, standings
from contacts.consent.models import SubscriptionChange
from contacts.consent.withdrawals import beaten
from contacts.models import AddressChange
from contacts.presence import presence_of
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip
from iterable_admin.outbox.switching import Mode, current, mode

Operation = Delivery.Operation
AT_ONCE = timedelta(seconds=1)
# A change of address is weighed by a gate of its own.
NO_WRITES = (Operation.LOOK_UP, Operation.CHANGE_ADDRESS)
ERASED = Skip("erased", "The person was erased: nothing is sent of them but that Iterable is to forget them.")


def guard(deliveries: Sequence[Delivery]) -> Mapping[int, Hold | Skip]:
    """Hold what could create or mail a person whose withdrawal is not applied yet; drop grants that a withdrawal beats.

    Of an erased person nothing leaves but the order to forget them, which nothing holds back.
    """
    told = [row for row in deliveries if row.operation != Operation.FORGET]
    erased = erased_among({row.lane for row in told})
    objections: dict[int, Hold | Skip] = {row.pk: ERASED for row in told if row.lane in erased}
    rows = [row for row in told if row.pk not in objections and row.operation not in NO_WRITES]
    objections |= _lifted([row for row in rows if row.withdrawal])
    return objections | _guarded([row for row in rows if not row.withdrawal])


def _lifted(opt_outs: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    """Opt-outs of people who have granted since: sent now, a late or a retried one would undo it."""
    # Before a change of address the old one is opted out for the withdrawal of the new one.
    # One of a single target stands for itself: a grant of marketing does not answer it.
    asks = {row.pk: row.payload.get("for_lane", row.lane) for row in opt_outs if not row.payload.get("for_itself")}
    where = standings(set(asks.values())) if opt_outs else {}
    granted = {lane: standing.row for lane, standing in where.items() if standing.lifts and standing.row}
    lifted = {pk: granted[lane] for pk, lane in asks.items() if lane in granted}
    # Who granted marketing as a whole may have left one type or another channel since.
    own = [row for row in opt_outs if row.pk in lifted and "for_lane" not in row.payload and "name" in row.payload]
    standing_still = beaten(own) if own else {}
    return {pk: _outdated(grant) for pk, grant in lifted.items() if pk not in standing_still}


def _outdated(grant: SubscriptionChange) -> Skip:
    return Skip("lifted", f"The person granted again at {grant.occurred_at:%Y-%m-%d %H:%M} UTC, which lifts the withdrawal.")


def _guarded(rows: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    if not rows:
        return {}
    lanes = {row.lane for row in rows}
    unread = unprocessed(lanes)
    withdrawn = live_withdrawals(lanes)
    objections: dict[int, Hold | Skip] = {row.pk: unread[row.lane] for row in rows if row.lane in unread}
    rest = [row for row in rows if row.pk not in objections]
    keep_withdrawals([row for row in rest if row.operation == Operation.ARRAYS])
    too_late = beaten([row for row in rest if row.operation == Operation.SUBSCRIBE])
    objections |= {pk: _beaten(withdrawal) for pk, withdrawal in too_late.items()}
    rest = [row for row in rest if row.lane in withdrawn]
    return objections | _uncovered([row for row in rest if row.pk not in objections], withdrawn)


def keep_withdrawals(rows: Sequence[Delivery]) -> None:
    """Arrays are merged once more as they leave: a withdrawal may have been recorded since they were told."""
    kept = kept_of(sorted({row.lane for row in rows})) if rows else {}
    for row in rows:
        merged, granted = kept[row.lane].merge(row.payload["arrays"])
        if granted:
            row.payload = {**row.payload, "arrays": merged, "kept": granted}
            Delivery.objects.filter(pk=row.pk).update(payload=row.payload)


def unprocessed(lanes: Collection[str]) -> dict[str, Hold]:
    events = Event.objects.unfinished_withdrawals(lanes).only("lane", "uuid", "state")
    return {
        event.lane: Hold("withdrawal", f"Waits for unsubscribe {event.uuid} ({event.get_state_display()}).") for event in events
    }


def _beaten(withdrawal: SubscriptionChange) -> Skip:
    return Skip("withdrawn", f"The person withdrew at {withdrawal.occurred_at:%Y-%m-%d %H:%M} UTC, which no older grant lifts.")


def _uncovered(rows: Sequence[Delivery], withdrawn: Mapping[str, SubscriptionChange]) -> dict[int, Hold]:
    """Rows enqueued before the withdrawal was known: its opt-out is put in front of them now.

    Nothing is done for an update of somebody whom Iterable is not known to have: the opt-out itself would create them. And
    nothing while observing, where no opt-out could ever be accepted.
    """
    if not rows or mode(current()) == Mode.OBSERVE:
        return {}
    lanes = {row.lane for row in rows}
    present = {lane for lane, is_present in presence_of(lanes).items() if is_present}
    opted_out = covered(withdrawn)
    updates_nobody = {
        row.pk for row in rows if row.operation == Operation.PROFILE and not row.creates and row.lane not in present
    }
    bare = [row for row in rows if row.lane not in opted_out and row.pk not in updates_nobody]
    return {row.pk: _put_opt_out_before(row) for row in bare}


def covered(withdrawn: Mapping[str, SubscriptionChange]) -> set[str]:
    """Whose channel opt-out was accepted since the withdrawal, and lately: a profile deleted since has lost it.

    And since the profile that had it went to another address: whoever comes to be there next has none. Or to whom nothing
    can be sent at all: Iterable takes nothing more for somebody forgotten.
    """
    lately = timezone.now() - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
    closing = {"payload__group": CHANNEL, "payload__name": MARKETING_CHANNEL}
    opted_out = Delivery.objects.filter(lane__in=withdrawn, operation=Operation.UNSUBSCRIBE, **closing)
    forgotten = Q(state=Delivery.State.SKIPPED, reason_code="forgotten", ended_at__gte=lately)
    answered = opted_out.filter(Q(accepted_at__gte=lately) | forgotten).annotate(at=Coalesce("accepted_at", "ended_at"))
    left = _left(withdrawn)
    return {
        lane
        for lane, moment in answered.values_list("lane", "at")
        if moment >= withdrawn[lane].received_at and not (lane in left and moment <= left[lane])
    }


def _left(lanes: Collection[str]) -> dict[str, datetime]:
    """When the last profile went from there to another address."""
    moves = AddressChange.objects.filter(old_key__in=lanes, delivery__isnull=False).order_by()
    changes = {pk: key for pk, key in moves.values_list("delivery", "old_key") if pk}
    accepted = Delivery.objects.filter(pk__in=changes, accepted_at__isnull=False).order_by("accepted_at") if changes else ()
    return {changes[row.pk]: row.accepted_at for row in accepted if row.accepted_at}


def _put_opt_out_before(row: Delivery) -> Hold:
    with transaction.atomic():
        on_its_way = Delivery.objects.open().filter(lane=row.lane, operation=Operation.UNSUBSCRIBE)
        stuck = Delivery.objects.stuck_withdrawals().filter(lane=row.lane)
        if not on_its_way.exists() and not stuck.exists():
            enqueue(opt_outs(row.email, Cause(row.cause, row.cause_id, row.request_id)))
    return Hold("withdrawal", "Waits for the opt-out of a person who withdrew, which goes first.", AT_ONCE)
