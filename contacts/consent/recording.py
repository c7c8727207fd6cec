"""The only door into the ledger: each row chained to its address's last one, and the state kept in step."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Max

from contacts.consent.hashing import hash_of
from contacts.consent.locking import Lock, lock_each
from contacts.consent.models import SubscriptionChange
from contacts.consent.moving.carrying import is_withdrawal, late_to_carry
from contacts.consent.moving.closing import close
from contacts.consent.states import refresh_states
from contacts.linking import linked
from iterable_admin.copying import insert_rows

# Many ids in a statement cost more than the rows that they spare.
FEW = 50
# As the constraint `ledger_once_per_cause` has it.
IDENTITY = ("address_key", "cause", "cause_id", "target", "target_key", "verdict")


@transaction.atomic
def record(changes: Sequence[SubscriptionChange]) -> list[SubscriptionChange]:
    """Append to the ledger. A row of the same cause, target and verdict is there already: then nothing is added.

    A withdrawal holds for every address that its person has had: it is recorded for those too. Returns what was added of
    `changes`, in the order given.
    """
    if not changes:
        return []
    addresses = {row.address_key for row in changes}
    others = linked({row.address_key for row in changes if is_withdrawal(row)})
    lock_addresses(addresses.union(*others.values()))
    news = _append(changes)
    carried = late_to_carry(news)
    # A change of address may have been noticed while this waited for the lock.
    lock_addresses({row.address_key for row in carried})
    close(_append(carried))
    return news


def _append(changes: Sequence[SubscriptionChange]) -> list[SubscriptionChange]:
    if not changes:
        return []
    addresses = sorted({row.address_key for row in changes})
    news = _news(changes, addresses)
    hashes = _last_hashes({row.address_key for row in news})
    for row in news:
        row.previous_hash = hashes.get(row.address_key, "")
        row.hash = hashes[row.address_key] = hash_of(row)
    insert_rows(news)
    refresh_states(news)
    return news


def record_carried(changes: Sequence[SubscriptionChange]) -> list[SubscriptionChange]:
    """For a change of address, whose transaction holds the locks."""
    return _append(changes)


def lock_addresses(address_keys: Collection[str]) -> None:
    """Until the transaction ends, nobody else appends for them."""
    lock_each(Lock.LEDGER, address_keys)


def _news(changes: Sequence[SubscriptionChange], addresses: Collection[str]) -> list[SubscriptionChange]:
    kept = SubscriptionChange.objects.filter(address_key__among=addresses, cause__in={row.cause for row in changes})
    if len(changes) <= FEW:
        kept = kept.filter(cause_id__in={row.cause_id for row in changes})
    seen = set(kept.order_by().values_list(*IDENTITY))
    news = []
    for row in changes:
        if _identity(row) not in seen:
            seen.add(_identity(row))
            news.append(row)
    return news


def _identity(row: SubscriptionChange) -> tuple[str, ...]:
    return row.address_key, row.cause, row.cause_id, row.target, row.target_key, row.verdict


def _last_hashes(addresses: Collection[str]) -> dict[str, str]:
    newest = SubscriptionChange.objects.filter(address_key__among=addresses).order_by().values("address_key")
    last = newest.annotate(last=Max("id")).values("last")
    return dict(SubscriptionChange.objects.filter(pk__in=last).values_list("address_key", "hash"))
