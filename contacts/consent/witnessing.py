"""The settler: an accepted opt-out makes its withdrawal effective, and goes into the ledger as such."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import live_withdrawals
from contacts.consent.models import SubscriptionChange
from contacts.consent.recording import record
from iterable_admin.outbox.enqueueing import CHANNEL
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled


def witness(settled: Sequence[Settled]) -> None:
    closed = [
        item.delivery
        for item in settled
        if item.delivery.operation == Delivery.Operation.UNSUBSCRIBE
        and item.delivery.payload["group"] == CHANNEL
        and item.delivery.payload["name"] == MARKETING_CHANNEL
        and item.delivery.state in (Delivery.State.DELIVERED, Delivery.State.SETTLING)
    ]
    if not closed:
        return
    withdrawn = live_withdrawals({row.lane for row in closed})
    record([_effective(row, withdrawn[row.lane]) for row in closed if row.lane in withdrawn])


def _effective(row: Delivery, withdrawal: SubscriptionChange) -> SubscriptionChange:
    return SubscriptionChange(
        address_key=row.lane,
        target=withdrawal.target,
        target_key=withdrawal.target_key,
        target_name=withdrawal.target_name,
        verdict=SubscriptionChange.Verdict.EFFECTIVE,
        basis=SubscriptionChange.Basis.SYSTEM,
        occurred_at=row.accepted_at or timezone.now(),
        received_at=timezone.now(),
        dated_by="receipt",
        source="Iterable",
        cause="delivery",
        cause_id=str(row.pk),
        supersedes=withdrawal,
    )
