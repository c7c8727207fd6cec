"""Who of an import withdrew and may be mailed all the same, because Iterable has them and does not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from contacts.consent.applying import opt_outs, target_ids
from contacts.consent.erasing.marks import erased_among
from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.ledger import about_marketing, effective, resolve
from contacts.consent.models import ObservedProfile, SubscriptionChange
from contacts.consent.sightings import Sighting
from contacts.presence import presence_of
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue
from iterable_admin.outbox.models import Delivery

Target = SubscriptionChange.Target
Verdict = SubscriptionChange.Verdict
# Of each address whether Iterable has it with the channel open; who is missing is not known to be there at all.
Has = dict[str, bool]
Withdrawals = Mapping[str, SubscriptionChange]


@dataclass(slots=True)
class Exposed:
    """`apply`: their opt-outs are enqueued. Each person counts once, however many lines name them."""

    apply: bool = False
    people: set[bytes] = field(default_factory=set)
    unknown: set[bytes] = field(default_factory=set)
    enqueued: int = 0

    def look_at(self, emails: Mapping[str, str], changes: Sequence[SubscriptionChange], sightings: Sequence[Sighting]) -> None:
        channel = target_ids()[CHANNEL]
        told = [row for row in changes if row.verdict == Verdict.WITHDRAWN and _is_marketing(row, channel)]
        has = _has(emails, sightings, channel)
        self.unknown |= {bytes.fromhex(row.address_key) for row in told if row.address_key not in has}
        exposed = _exposed([key for key, is_open in has.items() if is_open], told, {row.address_key for row in sightings})
        self.people |= {bytes.fromhex(key) for key in exposed}
        if self.apply and exposed:
            self._enqueue(emails, exposed)

    def _enqueue(self, emails: Mapping[str, str], exposed: Withdrawals) -> None:
        ids = target_ids()
        opted_out = Delivery.objects.filter(_leaves_marketing(ids[CHANNEL]), lane__in=exposed)
        on_its_way = opted_out.filter(state__in=(*Delivery.OPEN, Delivery.State.NEEDS_YOU))
        due = exposed.keys() - set(on_its_way.values_list("lane", flat=True))
        rows = [opt_outs(emails[key], Cause("import", exposed[key].cause_id), ids) for key in sorted(due)]
        enqueue([row for pair in rows for row in pair])
        self.enqueued += len(due)


def _leaves_marketing(channel: int | None) -> Q:
    """Opt-outs of the Marketing Channel: somebody who leaves another one is as mailable by marketing as before."""
    is_channel = Q(payload__name=MARKETING_CHANNEL)
    if channel is not None:
        is_channel |= Q(payload__id=channel)
    return Q(operation=Delivery.Operation.UNSUBSCRIBE, payload__group=CHANNEL) & is_channel


def _is_marketing(row: SubscriptionChange, channel: int | None) -> bool:
    """As `about_marketing`, of rows that are not stored."""
    of_channel = row.target == Target.CHANNEL and row.target_key in (MARKETING_CHANNEL, str(channel))
    return row.target == Target.ALL_MARKETING or of_channel


def _has(keys: Collection[str], sightings: Sequence[Sighting], channel: int | None) -> Has:
    has = dict(presence_of(keys))
    seen = ObservedProfile.objects.filter(pk__among=keys).values_list("pk", "present", "unsubscribed_channel_ids")
    has |= {key: present and channel not in left for key, present, left in seen}
    # Of a file without the column nothing is known of channels: what was seen before stays.
    told = [row for row in sightings if row.unsubscribed_channel_ids is not None or row.address_key not in has]
    return has | {row.address_key: channel not in (row.unsubscribed_channel_ids or ()) for row in told}


def _exposed(keys: Collection[str], told: Sequence[SubscriptionChange], seen: Collection[str]) -> dict[str, SubscriptionChange]:
    """Whose withdrawal from marketing stands: of the ledger, and of what a dry run would add to it."""
    if not keys:
        return {}
    by_key: dict[str, list[SubscriptionChange]] = {}
    kept = SubscriptionChange.objects.filter(about_marketing(), address_key__among=keys)
    for row in (*kept, *(row for row in told if row.address_key in set(keys))):
        by_key.setdefault(row.address_key, []).append(row)
    standings = {key: resolve(rows) for key, rows in by_key.items()}
    standing = {key: found.row for key, found in standings.items() if found.withdrawn and found.row}
    # Who was accepted as opted out and not seen since is covered; who was seen open is not.
    covered = effective([row for row in standing.values() if row.pk])
    observed = set(seen) | set(ObservedProfile.objects.filter(pk__among=standing).values_list("pk", flat=True))
    erased = erased_among(standing)
    return {key: row for key, row in standing.items() if key not in erased and (row.pk not in covered or key in observed)}
