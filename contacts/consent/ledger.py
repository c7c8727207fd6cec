"""What people said about being mailed, and where that leaves them. A withdrawal wins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from contacts.consent.models import SubscriptionChange

Verdict = SubscriptionChange.Verdict
Basis = SubscriptionChange.Basis
Target = SubscriptionChange.Target

# Acts of the person, or of an operator with a reason: only these lift a withdrawal.
ACTS = (Basis.EXPLICIT, Basis.OPERATOR)
GRANTS = (Verdict.GRANTED, Verdict.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an address stands with all of marketing. `row` is the ledger row that decides; None: never asked."""

    row: SubscriptionChange | None = None

    @property
    def withdrawn(self) -> bool:
        return self.row is not None and self.row.verdict == Verdict.WITHDRAWN

    @property
    def granted(self) -> bool:
        return self.row is not None and self.row.verdict in GRANTS

    @property
    def lifts(self) -> bool:
        """Whether it undoes earlier withdrawals: a derived grant never does."""
        return self.granted and self.row is not None and self.row.basis in ACTS


def record(changes: Sequence[SubscriptionChange]) -> None:
    """Append to the ledger. A row of the same cause, target and verdict is there already: then nothing is added."""
    SubscriptionChange.objects.bulk_create(changes, ignore_conflicts=True, batch_size=1_000)


def resolve(rows: Iterable[SubscriptionChange]) -> Standing:
    """The latest act decides, a withdrawal winning a tie; without any act the latest derived grant."""
    rows = [row for row in rows if row.verdict in (*GRANTS, Verdict.WITHDRAWN)]
    acts = [row for row in rows if row.basis in ACTS or row.verdict == Verdict.WITHDRAWN]
    candidates = acts or rows
    if not candidates:
        return Standing()
    return Standing(max(candidates, key=lambda row: (row.occurred_at, row.verdict == Verdict.WITHDRAWN, row.pk)))


def standings(address_keys: Collection[str]) -> dict[str, Standing]:
    """Of each address with a ledger row about marketing as a whole; the others were never asked."""
    rows = SubscriptionChange.objects.filter(address_key__in=address_keys, target=Target.ALL_MARKETING)
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
