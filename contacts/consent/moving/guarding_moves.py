"""The gate of changes of address: a profile moves to an address that withdrew only once it is opted out itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Min

from contacts.consent.applying import opt_outs
from contacts.consent.guarding import covered, unprocessed
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import SubscriptionChange
from contacts.consent.moving.closing import named
from contacts.models import Presence
from contacts.presence import ABSENT, PRESENT, presence_of
from iterable_admin.outbox.changing_addresses import ENDS, NOBODY
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip
from iterable_admin.outbox.switching import Mode, current, mode

Operation = Delivery.Operation
AT_ONCE = timedelta(seconds=1)
OPT_OUT_FIRST = Hold(
    "withdrawal", "Waits for the opt-out under the old address, which goes first: the new one withdrew.", AT_ONCE
)
ASKING = Hold(
    "presence_unknown", "Waits for the look-up of the old address: who withdrew is opted out before they move.", AT_ONCE
)
NOT_THERE = Skip(NOBODY, ENDS[NOBODY].reason)
FOLLOWS = Skip(
    "change_of_address",
    "Iterable does not have this address yet: a change of address brings the profile, opted out, and the opt-out follows it.",
)


def guard_moves(deliveries: Sequence[Delivery]) -> Mapping[int, Hold | Skip]:
    changes = [row for row in deliveries if row.operation == Operation.CHANGE_ADDRESS]
    opt_outs_of_new = [row for row in deliveries if row.operation == Operation.UNSUBSCRIBE]
    return (_guarded(changes) if changes else {}) | (_following(opt_outs_of_new) if opt_outs_of_new else {})


def _guarded(changes: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    lanes = {lane for row in changes for lane in (row.lane, row.joined_lane)}
    unread, withdrawn = unprocessed(lanes), live_withdrawals({row.lane for row in changes})
    objections: dict[int, Hold | Skip] = {}
    for row in changes:
        if waits := unread.get(row.lane) or unread.get(row.joined_lane):
            objections[row.pk] = waits
        elif row.lane in withdrawn and (objection := _uncovered(row, withdrawn[row.lane])):
            objections[row.pk] = objection
    return objections


def _uncovered(row: Delivery, withdrawal: SubscriptionChange) -> Hold | Skip | None:
    """What was withdrawn at the old address before it was carried is covered by an opt-out of that time."""
    if mode(current()) == Mode.OBSERVE:
        return None
    own = live_withdrawals([row.joined_lane]).get(row.joined_lane, withdrawal)
    if row.joined_lane in covered({row.joined_lane: own}):
        return None
    present = presence_of([row.joined_lane]).get(row.joined_lane)
    if present is PRESENT:
        return _put_before(row, Operation.UNSUBSCRIBE, opt_outs(row.payload["currentEmail"], _cause(row)), OPT_OUT_FIRST)
    # Somebody may have made the profile in Iterable since it was last asked.
    if present is ABSENT and Presence.objects.filter(pk=row.joined_lane, seen_at__gte=row.created_at).exists():
        return NOT_THERE
    return _put_before(row, Operation.LOOK_UP, [look_up(row.payload["currentEmail"], _cause(row), withdrawal=True)], ASKING)


@transaction.atomic
def _put_before(row: Delivery, operation: str, steps: Sequence[Delivery], hold: Hold) -> Hold | Skip:
    there = Delivery.objects.filter(lane=row.joined_lane, operation=operation)
    last = there.filter(cause=row.cause, cause_id=row.cause_id).order_by("-pk").first()
    if last and last.state == Delivery.State.SKIPPED:
        # The same again would be skipped again.
        return Skip("not_opted_out", f"The old address was not opted out, so it does not move: {last.reason}")
    if not there.open().exists() and not there.stuck_withdrawals().exists():
        enqueue([_for(row, step) for step in steps])
    return hold


def _for(row: Delivery, step: Delivery) -> Delivery:
    """Sent for the new address: a grant at the old one does not lift it."""
    step.payload = {**step.payload, "for_lane": row.lane}
    return named(step, row.user_id)


def _cause(row: Delivery) -> Cause:
    return Cause(row.cause, row.cause_id, row.request_id)


def _following(rows: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    """Sent before the change, an opt-out of the new address would make a profile of its own there."""
    moving = _come_next({row.lane for row in rows})
    absent = {lane for lane, present in presence_of(moving).items() if present is ABSENT} if moving else set()
    return {row.pk: FOLLOWS for row in rows if row.lane in absent}


def _come_next(lanes: Collection[str]) -> set[str]:
    """The lanes to which somebody moves next. Where something else is before that, it needs its opt-out now."""
    rows = Delivery.objects.open().filter(lane__in=lanes, withdrawal=False).order_by()
    changes = dict(rows.filter(operation=Operation.CHANGE_ADDRESS).values_list("lane").annotate(first=Min("id")))
    firsts = dict(rows.filter(lane__in=changes).values_list("lane").annotate(first=Min("id"))) if changes else {}
    return {lane for lane, first in changes.items() if firsts.get(lane) == first}
