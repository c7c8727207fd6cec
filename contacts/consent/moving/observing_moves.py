"""After a change of address nobody is left under the old one; what stands on the profile that moved is not inferred."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from contacts.consent.models import ObservedProfile
from contacts.consent.observing import absent, observe
from contacts.noticing import ACCEPTED
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled


def observe_moves(settled: Sequence[Settled]) -> None:
    changes = [item.delivery for item in settled if item.delivery.operation == Delivery.Operation.CHANGE_ADDRESS]
    accepted = [row for row in changes if row.state in ACCEPTED]
    if not accepted:
        return
    # That nobody was there, as it was seen before, is not so any more: unknown until the next look.
    ObservedProfile.objects.filter(address_key__in=[row.lane for row in accepted], present=False).delete()
    left = set(ObservedProfile.objects.filter(present=True).in_bulk([row.joined_lane for row in accepted]))
    gone = [row for row in accepted if row.joined_lane in left]
    observe([absent(row.joined_lane, row.accepted_at or timezone.now(), "accepted", str(row.pk)) for row in gone])
