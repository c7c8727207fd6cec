"""After a change of address nobody is left under the old one; what stands on the profile that moved is not inferred."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from contacts.consent.models import ObservedProfile, ProfileObservation
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
    seen = ObservedProfile.objects.filter(present=True).in_bulk([row.joined_lane for row in accepted])
    for row in accepted:
        if row.joined_lane in seen:
            _note_absent(seen[row.joined_lane], row)


def _note_absent(profile: ObservedProfile, row: Delivery) -> None:
    now = timezone.now()
    at = row.accepted_at or now
    absent = ProfileObservation.objects.create(
        address_key=profile.address_key,
        present=False,
        observed_at=at,
        received_at=now,
        source="accepted",
        cause_id=str(row.pk),
    )
    profile.present, profile.observation, profile.source, profile.cause_id = False, absent, absent.source, absent.cause_id
    profile.observed_at = profile.confirmed_at = at
    profile.list_ids, profile.subscribed_message_type_ids = [], []
    profile.unsubscribed_channel_ids, profile.unsubscribed_message_type_ids = [], []
    profile.save()
