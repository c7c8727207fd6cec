"""The settler of changes of address: what became of it stands on the change, and the opt-outs follow at once."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.consent.applying import opt_outs
from contacts.consent.ledger import live_withdrawals
from contacts.consent.moving.closing import named
from contacts.models import AddressChange
from contacts.noticing import ACCEPTED
from iterable_admin.outbox.enqueueing import Cause, enqueue
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

State = AddressChange.State
CHANGED = "Iterable accepted the change."


def follow(settled: Sequence[Settled]) -> None:
    ours = [item for item in settled if item.delivery.cause == "address"]
    changes = [item for item in ours if item.delivery.operation == Delivery.Operation.CHANGE_ADDRESS]
    for item in changes:
        _tell(item.delivery)
    asked = [item for item in ours if item.delivery.operation == Delivery.Operation.LOOK_UP and item.result.get("present")]
    _opt_out([item.delivery for item in asked] + [item.delivery for item in changes if _is_at_the_new(item)])


def _tell(row: Delivery) -> None:
    state, reason = State.PENDING, row.reason
    if row.state in ACCEPTED:
        state, reason = State.SETTLED, CHANGED
    elif row.state == Delivery.State.SKIPPED:
        state = State.SETTLED
    elif row.state == Delivery.State.NEEDS_YOU:
        state = State.NEEDS_YOU
    AddressChange.objects.filter(pk=int(row.cause_id)).update(state=state, reason=reason)


def _is_at_the_new(item: Settled) -> bool:
    """Whether Iterable has somebody under the new address: the profile that came, or another one."""
    return item.delivery.state in ACCEPTED or bool(item.result.get("new"))


def _opt_out(rows: Sequence[Delivery]) -> None:
    """In the transaction that settles: nothing of the person leaves before them."""
    withdrawn = live_withdrawals({row.lane for row in rows}) if rows else {}
    enqueue(
        [
            named(step, row.user_id)
            for row in rows
            if row.lane in withdrawn
            for step in opt_outs(row.email, Cause("address", row.cause_id))
        ]
    )
