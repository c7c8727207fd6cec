"""Who was unsubscribed from a channel in Iterable and is not any more, although nothing in the ledger lifts it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from contacts.consent.arrays import HoldsAny
from contacts.consent.models import Channel, ObservedProfile, ProfileObservation, SubscriptionChange, SubscriptionState
from contacts.consent.targets import keys_of

Target = SubscriptionChange.Target


def losses() -> Iterator[tuple[Channel, QuerySet[ObservedProfile, str]]]:
    """Of each channel the address keys. Nobody is among them who is unsubscribed from it again."""
    for channel in Channel.objects.filter(iterable_id__isnull=False):
        yield channel, _lost(channel)


def _lost(channel: Channel) -> QuerySet[ObservedProfile, str]:
    ids = [number for number in (channel.iterable_id,) if number is not None]
    holds = HoldsAny("unsubscribed_channel_ids", ids)
    later = {"address_key": OuterRef("address_key"), "granted_at__gt": OuterRef("observed_at")}
    lifted = SubscriptionState.objects.filter(_lifting(channel), **later)
    unsubscribed = ProfileObservation.objects.annotate(held=holds).filter(held=True, present=True).exclude(Exists(lifted))
    before = unsubscribed.filter(address_key=OuterRef("address_key"), observed_at__lt=OuterRef("observed_at"))
    now = ObservedProfile.objects.annotate(held=holds).filter(held=False, present=True)
    return now.filter(Exists(before)).values_list("address_key", flat=True)


def _lifting(channel: Channel) -> Q:
    """Acts that open the channel: on all marketing or on itself. One on a type in it does not."""
    return Q(target=Target.ALL_MARKETING) | Q(target=Target.CHANNEL, target_key__in=keys_of(channel))
