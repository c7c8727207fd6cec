"""What somebody saw of a profile in Iterable: all of it, some of it, or only what changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.consent.models import MessageType, ObservedProfile, ProfileObservation

ARRAYS = ("list_ids", "unsubscribed_channel_ids", "unsubscribed_message_type_ids", "subscribed_message_type_ids")
# A profile's state as it is compared and kept; None of a whole: never seen.
Arrays = dict[str, list[int]]
Policies = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a webhook tells: which channels, types and lists were joined or left, and nothing of the others."""

    joined: bool
    channel_ids: Sequence[int] = ()
    message_type_ids: Sequence[int] = ()
    list_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """An array that is None was not told: the one seen before stays. `source` as in ProfileObservation."""

    address_key: str
    observed_at: datetime
    source: str
    present: bool = True
    list_ids: Sequence[int] | None = None
    unsubscribed_channel_ids: Sequence[int] | None = None
    unsubscribed_message_type_ids: Sequence[int] | None = None
    subscribed_message_type_ids: Sequence[int] | None = None
    cause_id: str = ""
    change: Change | None = None

    @property
    def whole(self) -> bool:
        """It tells everything, so that what was seen before is confirmed by it."""
        return not self.present or all(getattr(self, name) is not None for name in ARRAYS)


def absent(address_key: str, observed_at: datetime, source: str, cause_id: str = "") -> Sighting:
    return Sighting(address_key, observed_at, source, present=False, cause_id=cause_id)


def arrays_of(seen: ProfileObservation | ObservedProfile | None) -> Arrays:
    """Empty of somebody who was not there: a profile that is made anew begins with nothing."""
    return {name: list(getattr(seen, name)) if seen and seen.present else [] for name in ARRAYS}


def arrays_after(before: ProfileObservation | ObservedProfile | None, sighting: Sighting, policies: Policies) -> Arrays:
    arrays = arrays_of(before) if sighting.present else arrays_of(None)
    if not sighting.present:
        return arrays
    for name in ARRAYS:
        told = getattr(sighting, name)
        if told is not None:
            arrays[name] = sorted(set(told))
    return _changed(arrays, sighting.change, policies) if sighting.change else arrays


def _changed(arrays: Arrays, change: Change, policies: Policies) -> Arrays:
    """Of a type only the array that counts by its policy is touched; of a type unknown here both are kept true."""
    opt_in = [number for number in change.message_type_ids if policies.get(number) != MessageType.Policy.OPT_OUT]
    opt_out = [number for number in change.message_type_ids if policies.get(number) != MessageType.Policy.OPT_IN]
    return {
        "list_ids": _edited(arrays["list_ids"], change.list_ids, present=change.joined),
        "unsubscribed_channel_ids": _edited(arrays["unsubscribed_channel_ids"], change.channel_ids, present=not change.joined),
        "unsubscribed_message_type_ids": _edited(arrays["unsubscribed_message_type_ids"], opt_out, present=not change.joined),
        "subscribed_message_type_ids": _edited(arrays["subscribed_message_type_ids"], opt_in, present=change.joined),
    }


def _edited(ids: Sequence[int], targets: Collection[int], *, present: bool) -> list[int]:
    return sorted({*ids, *targets} if present else {*ids} - {*targets})


def policies_of(sightings: Sequence[Sighting]) -> Policies:
    """Of the message types that a change names."""
    named = {number for sighting in sightings if sighting.change for number in sighting.change.message_type_ids}
    types = MessageType.objects.filter(iterable_id__in=named) if named else MessageType.objects.none()
    return {number: policy for number, policy in types.values_list("iterable_id", "policy") if number is not None}
