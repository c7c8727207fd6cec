"""What people said about being mailed, and where that leaves them. A withdrawal wins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from contacts.consent.instance import MARKETING_CHANNEL
from contacts.consent.models import Channel, SubscriptionChange

Verdict = SubscriptionChange.Verdict
Basis = SubscriptionChange.Basis
Target = SubscriptionChange.Target

# Acts of the person, or of an operator with a reason: only these lift a withdrawal.
ACTS = (Basis.EXPLICIT, Basis.OPERATOR)
GRANTS = (Verdict.GRANTED, Verdict.CONFIRMED)

Kind = Literal["withdrawn", "granted", "derived", "expired"]


def kind_of(row: SubscriptionChange) -> Kind | None:
    """What a row does to a standing. Granted is an act; a derived or imported grant lifts nothing; None: it does nothing."""
    if row.verdict == Verdict.WITHDRAWN:
        return "withdrawn"
    if row.verdict in GRANTS:
        return "granted" if row.basis in ACTS else "derived"
    if row.verdict == Verdict.IMPORTED:
        return "derived"
    return "expired" if row.verdict == Verdict.EXPIRED else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an address stands with something. `row` is the ledger row that decides; None: never asked."""

    row: SubscriptionChange | None = None

    @property
    def withdrawn(self) -> bool:
        return self.row is not None and kind_of(self.row) == "withdrawn"

    @property
    def granted(self) -> bool:
        return self.row is not None and kind_of(self.row) in ("granted", "derived")

    @property
    def lifts(self) -> bool:
        """Whether it undoes earlier withdrawals: a derived grant never does."""
        return self.row is not None and kind_of(self.row) == "granted"


def decide(moments: Mapping[Kind, datetime]) -> Kind | None:
    """What the latest moments come to: the newer act counts, a withdrawal winning a tie; a grant counts until it expires."""
    withdrawn, granted, expired = moments.get("withdrawn"), moments.get("granted"), moments.get("expired")
    if withdrawn and not (granted and granted > withdrawn):
        return "withdrawn"
    kinds: tuple[Kind, ...] = ("granted", "derived")
    stands = [kind for kind in kinds if kind in moments and not (expired and expired >= moments[kind])]
    return stands[0] if stands else ("expired" if expired else None)


def resolve(rows: Iterable[SubscriptionChange]) -> Standing:
    """Of one address and one thing to be sent, in any order."""
    latest = latest_of_each_kind(rows)
    kind = decide({kind: row.occurred_at for kind, row in latest.items()})
    return Standing(latest[kind] if kind else None)


def latest_of_each_kind(rows: Iterable[SubscriptionChange]) -> dict[Kind, SubscriptionChange]:
    in_order = sorted(rows, key=lambda row: (row.occurred_at, row.pk or 0))
    return {kind: row for row in in_order if (kind := kind_of(row))}


def about_marketing() -> Q:
    """Rows about marketing as a whole: all of it, or the channel in which it is sent."""
    # Asked within the same statement: every gate and every batch of events begins with this.
    channel = Channel.objects.filter(name=MARKETING_CHANNEL, iterable_id__isnull=False)
    by_id = Q(target_key__in=channel.values_list(Cast("iterable_id", CharField())))
    of_channel = Q(target=Target.CHANNEL) & (by_id | Q(target_key=MARKETING_CHANNEL))
    return Q(target=Target.ALL_MARKETING) | of_channel


def standings(address_keys: Collection[str], about: Q | None = None) -> dict[str, Standing]:
    """Of each address with a ledger row about marketing as a whole (or `about` something else); the others were never asked."""
    rows = SubscriptionChange.objects.filter(about or about_marketing(), address_key__among=address_keys)
    by_address: defaultdict[str, list[SubscriptionChange]] = defaultdict(list)
    for row in rows:
        by_address[row.address_key].append(row)
    return {key: resolve(of_address) for key, of_address in by_address.items()}


def live_withdrawals(address_keys: Collection[str]) -> dict[str, SubscriptionChange]:
    """The withdrawal in force, by address key, of those who have one."""
    found = standings(address_keys).items()
    return {key: standing.row for key, standing in found if standing.withdrawn and standing.row}


def effective(withdrawals: Collection[SubscriptionChange]) -> set[int]:
    """Which of these withdrawals Iterable has accepted, by primary key."""
    rows = SubscriptionChange.objects.filter(supersedes__in=withdrawals, verdict=Verdict.EFFECTIVE)
    return {pk for pk in rows.values_list("supersedes_id", flat=True) if pk}
