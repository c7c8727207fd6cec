"""Whole arrays of subscriptions, merged so that every withdrawal stays: Iterable replaces each array that it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from contacts.consent.ledger import Target, standings
from contacts.consent.models import Channel, MessageType
from contacts.consent.targets import keys_of
from contacts.consent.withdrawals import withdrawn_from

OUT_OF_CHANNELS, OUT_OF_TYPES, INTO_TYPES = "unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds"
Told = Mapping[str, Any]


@dataclass(slots=True)
class Kept:
    """What stays withdrawn of one person, by Iterable's ids."""

    channels: dict[int, str] = field(default_factory=dict)
    types: dict[int, str] = field(default_factory=dict)
    closed_types: dict[int, str] = field(default_factory=dict)
    """Withdrawn by themselves or by their channel: nobody is put into these."""

    def merge(self, told: Told) -> tuple[dict[str, Any], list[str]]:
        """The arrays as they may leave, and the names of what would have been granted."""
        merged, names = dict(told), []
        for array, ids in ((OUT_OF_CHANNELS, self.channels), (OUT_OF_TYPES, self.types)):
            if (given := merged.get(array)) is not None and (lacking := sorted(ids.keys() - set(given))):
                merged[array] = [*given, *lacking]
                names += [ids[number] for number in lacking]
        if given := merged.get(INTO_TYPES):
            merged[INTO_TYPES] = [number for number in given if number not in self.closed_types]
            names += [self.closed_types[number] for number in given if number in self.closed_types]
        return merged, list(dict.fromkeys(names))


def kept_of(lanes: Sequence[str]) -> dict[str, Kept]:
    """A fixed number of queries for each channel and type, however many people."""
    kept = {lane: Kept() for lane in lanes}
    for channel in Channel.objects.filter(iterable_id__isnull=False):
        for lane in withdrawn_from(channel, lanes):
            kept[lane].channels[channel.iterable_id or 0] = channel.name
    for kind in MessageType.objects.filter(iterable_id__isnull=False).select_related("channel"):
        for lane in withdrawn_from(kind, lanes):
            kept[lane].closed_types[kind.iterable_id or 0] = kind.name
        own = Q(target=Target.MESSAGE_TYPE, target_key__in=keys_of(kind))
        for lane, standing in standings(lanes, own).items():
            # Out of an opt-in type is whoever does not stand in the array of those who are in.
            if standing.withdrawn and kind.policy != MessageType.Policy.OPT_IN:
                kept[lane].types[kind.iterable_id or 0] = kind.name
    return kept
