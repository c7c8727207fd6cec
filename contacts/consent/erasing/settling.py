"""The settler: what was still in flight when its person was erased leaves nothing behind, and Iterable's yes is written down."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from contacts.consent.erasing.marks import erased_among
from contacts.consent.models import Erasure
from contacts.consent.observing import absent, observe
from contacts.presence import note_presence
from iterable_admin.outbox.blanking import blank
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

TAKEN = (Delivery.State.DELIVERED, Delivery.State.SETTLING)


def keep_nothing(settled: Sequence[Settled]) -> None:
    erased = erased_among({item.delivery.lane for item in settled})
    theirs = [item.delivery for item in settled if item.delivery.lane in erased]
    forgotten = [row for row in theirs if row.operation == Delivery.Operation.FORGET and _taken(row)]
    for row in theirs:
        # The address of the one that tells Iterable stays until Iterable has taken it.
        if row.operation != Delivery.Operation.FORGET or row in forgotten:
            blank([row.pk], row.email)
    if forgotten:
        lanes = [row.lane for row in forgotten]
        Erasure.objects.filter(address_key__in=lanes).update(accepted_at=timezone.now())
        note_presence(lanes, present=False, how="accepted")
        now = timezone.now()
        observe([absent(row.lane, now, "accepted", str(row.pk)) for row in forgotten])


def _taken(row: Delivery) -> bool:
    """A person whom Iterable had forgotten before is as good."""
    return row.state in TAKEN or (row.state == Delivery.State.SKIPPED and row.reason_code == "forgotten")
