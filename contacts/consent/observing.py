"""Keep what was seen of people in Iterable: a row where something changed, and the latest sight of each address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from contacts.consent.models import ObservedProfile, ProfileObservation
from contacts.consent.recording import lock_addresses
from contacts.consent.restoring import restore_opt_outs
from contacts.consent.sightings import ARRAYS, Arrays, Change, Policies, Sighting, absent, arrays_after, policies_of
from contacts.presence import note_sights
from iterable_admin.copying import insert_rows

__all__ = ["Change", "Sighting", "absent", "observe"]

AT_ONCE = 1_000
OPT_OUTS = ("unsubscribed_channel_ids", "unsubscribed_message_type_ids")


@transaction.atomic
def observe(sightings: Sequence[Sighting]) -> list[ProfileObservation]:
    """In any order, twice or late: what was seen at one moment counts for that moment and after it.

    Returns the observations that were added: of sightings that differ from the state at their moment.
    """
    if not sightings:
        return []
    keys = {sighting.address_key for sighting in sightings}
    lock_addresses(keys)
    histories = _histories(keys, sightings)
    policies, now = policies_of(sightings), timezone.now()
    for sighting in sorted(sightings, key=lambda sighting: sighting.observed_at):
        histories[sighting.address_key].take(sighting, policies, now)
    added = [row for history in histories.values() for row in history.added]
    insert_rows(added)
    _keep([history.latest for history in histories.values() if history.touched and history.latest])
    restore_opt_outs([history.latest for history in histories.values() if history.latest and history.lost])
    return added


class _History:
    """What was seen of one address. The latest is at hand; what came before it only where something comes late."""

    def __init__(self, latest: ObservedProfile | None, earlier: Sequence[ProfileObservation]) -> None:
        self.latest = latest
        self.earlier = list(earlier)
        self.added: list[ProfileObservation] = []
        self.touched = self.made_anew = self.lost_types = self.lost_before = False

    @property
    def lost(self) -> bool:
        """Whether the latest sight lacks an opt-out of which it or what came late is news, or finds somebody made anew."""
        newest = self.added[-1] if self.added else None
        lacks = newest and (newest.lost_channel_ids or self.lost_types or self.made_anew)
        return self.lost_before or bool(lacks and self.latest and self.latest.observation is newest)

    def take(self, sighting: Sighting, policies: Policies, now: datetime) -> None:
        if self.latest is None or not is_late(sighting, self.latest):
            self._take_newest(sighting, policies, now)
        else:
            self._take_late(sighting, self.latest, policies, now)

    def _take_newest(self, sighting: Sighting, policies: Policies, now: datetime) -> None:
        latest, at = self.latest, sighting.observed_at
        arrays = arrays_after(latest, sighting, policies)
        if latest and is_same(latest, sighting.present, arrays):
            if sighting.whole and at > latest.confirmed_at:
                latest.confirmed_at, self.touched = at, True
            return
        self.made_anew = bool(latest and not latest.present and sighting.present)
        kept = set(arrays["unsubscribed_message_type_ids"])
        self.lost_types = bool(latest and sighting.present and set(latest.unsubscribed_message_type_ids) - kept)
        # Within one second the order is the one in which they came.
        moment = max(at, latest.confirmed_at) if latest else at
        self._point_to(self._add(sighting, arrays, moment, now), moment)

    def _take_late(self, sighting: Sighting, latest: ObservedProfile, policies: Policies, now: datetime) -> None:
        """For the history alone. Where the latest had been seen the same before and after, it comes back after this."""
        at = sighting.observed_at
        before = self._state_at(at)
        arrays = arrays_after(before, sighting, policies)
        if before and is_same(before, sighting.present, arrays):
            return
        self._add(sighting, arrays, at, now)
        # Of a webhook that was lost the night tells: by then others may have undone what it says.
        self.lost_before |= latest.present and any(set(arrays[name]) - set(getattr(latest, name)) for name in OPT_OUTS)
        if at >= latest.observed_at:
            again = Sighting(latest.address_key, latest.confirmed_at, latest.source, latest.present, cause_id=latest.cause_id)
            kept = {name: list(getattr(latest, name)) for name in ARRAYS}
            self._point_to(self._add(again, kept, latest.confirmed_at, now), latest.confirmed_at)

    def _state_at(self, at: datetime) -> ProfileObservation | None:
        until = [row for row in (*self.earlier, *self.added) if row.observed_at <= at]
        # Stable: of two at one moment the one that was added later comes last.
        return sorted(until, key=lambda row: row.observed_at)[-1] if until else None

    def _add(self, sighting: Sighting, arrays: Arrays, at: datetime, now: datetime) -> ProfileObservation:
        before = self.latest if self.latest and self.latest.observed_at <= at else self._state_at(at)
        row = ProfileObservation(
            address_key=sighting.address_key,
            present=sighting.present,
            observed_at=at,
            received_at=now,
            source=sighting.source,
            cause_id=sighting.cause_id,
            lost_channel_ids=lost_channels(before, sighting.present, arrays),
            **arrays,
        )
        self.added.append(row)
        return row

    def _point_to(self, row: ProfileObservation, confirmed_at: datetime) -> None:
        copied = ("address_key", "present", "observed_at", "source", "cause_id", *ARRAYS)
        columns = {name: getattr(row, name) for name in copied}
        self.latest = ObservedProfile(observation=row, confirmed_at=confirmed_at, **columns)
        self.touched = True


def lost_channels(before: ProfileObservation | ObservedProfile | None, present: bool, arrays: Arrays) -> list[int]:
    """Of somebody who is there. Who is gone is not mailed either; whoever makes them anew loses it then."""
    if before is None or not present:
        return []
    return sorted(set(before.unsubscribed_channel_ids) - set(arrays["unsubscribed_channel_ids"]))


def is_late(sighting: Sighting, latest: ObservedProfile) -> bool:
    """Whether something newer is known. A webhook tells its second only: within that second it is the newest."""
    newest = latest.confirmed_at
    return sighting.observed_at < (newest.replace(microsecond=0) if sighting.change else newest)


def is_same(seen: ProfileObservation | ObservedProfile, present: bool, arrays: Arrays) -> bool:
    return seen.present == present and all(sorted(getattr(seen, name)) == arrays[name] for name in ARRAYS)


def _histories(keys: Collection[str], sightings: Sequence[Sighting]) -> dict[str, _History]:
    latest = ObservedProfile.objects.in_bulk(keys)
    late = {row.address_key for row in sightings if row.address_key in latest and is_late(row, latest[row.address_key])}
    earlier: defaultdict[str, list[ProfileObservation]] = defaultdict(list)
    if late:
        for row in ProfileObservation.objects.filter(address_key__in=late).order_by("observed_at", "pk"):
            earlier[row.address_key].append(row)
    return {key: _History(latest.get(key), earlier[key]) for key in keys}


def _keep(latest: Sequence[ObservedProfile]) -> None:
    columns = [field.name for field in ObservedProfile._meta.concrete_fields if not field.primary_key]
    rows = sorted(latest, key=lambda row: row.address_key)
    ObservedProfile.objects.bulk_create(
        rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["address_key"], update_fields=columns
    )
    note_sights({row.address_key: (row.present, row.confirmed_at, row.source) for row in rows})
