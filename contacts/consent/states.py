"""The state of each address and target, kept beside the ledger: a cache that can be rebuilt and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from contacts.consent.ledger import Kind, kind_of
from contacts.consent.models import SubscriptionChange, SubscriptionState
from iterable_admin.copying import upsert_rows

KINDS: tuple[Kind, ...] = ("withdrawn", "granted", "derived", "expired")
COLUMNS = [column for kind in KINDS for column in (f"{kind}_at", f"{kind}_by")]
AT_ONCE = 1_000
Key = tuple[str, str, str]


def refresh_states(news: Sequence[SubscriptionChange]) -> None:
    """Merge new ledger rows in. Called under the lock of their addresses."""
    told = [row for row in news if kind_of(row)]
    if not told:
        return
    kept = SubscriptionState.objects.filter(address_key__among={row.address_key for row in told})
    states = {key_of_state(state): state for state in kept}
    changed = {key: states.get(key) or _blank(key) for key in (key_of_state(row) for row in told)}
    for row in told:
        merge(changed[key_of_state(row)], row)
    _store(changed.values())


def merge(state: SubscriptionState, row: SubscriptionChange) -> None:
    """The later moment of a kind stays, whichever came first; of two at the same moment the later row."""
    kind = kind_of(row)
    if kind is None:
        return
    at, by = getattr(state, f"{kind}_at"), getattr(state, f"{kind}_by")
    if at is None or (row.occurred_at, row.pk) > (at, by):
        setattr(state, f"{kind}_at", row.occurred_at)
        setattr(state, f"{kind}_by", row.pk)


def key_of_state(row: SubscriptionChange | SubscriptionState) -> Key:
    return row.address_key, row.target, row.target_key


def computed_states(rows: QuerySet[SubscriptionChange]) -> Iterator[SubscriptionState]:
    """From the ledger alone, in the order of their keys, one address in memory at a time."""
    for key, group in groupby(rows.order_by("address_key", "target", "target_key", "id").iterator(AT_ONCE), key=key_of_state):
        state = _blank(key)
        for row in group:
            merge(state, row)
        if any(getattr(state, column) for column in COLUMNS):
            yield state


def values(state: SubscriptionState) -> tuple[Any, ...]:
    return (*key_of_state(state), *(getattr(state, column) for column in COLUMNS))


@transaction.atomic
def rebuild() -> int:
    """Throw the cache away and make it anew. Returns the number of states."""
    SubscriptionState.objects.all().delete()
    made = 0
    batch: list[SubscriptionState] = []
    for state in computed_states(SubscriptionChange.objects.all()):
        batch.append(state)
        if len(batch) == AT_ONCE:
            made += _store(batch)
            batch = []
    return made + _store(batch)


def differences() -> Iterator[str]:
    """What the cache says otherwise than the ledger, in words, without an address."""
    kept = SubscriptionState.objects.order_by("address_key", "target", "target_key").iterator(AT_ONCE)
    there = {key_of_state(state): values(state) for state in kept}
    for state in computed_states(SubscriptionChange.objects.all()):
        stored = there.pop(key_of_state(state), None)
        if stored is None:
            yield f"{state}: missing from the cache"
        elif stored != values(state):
            yield f"{state}: differs from the ledger"
    yield from (f"{target} {key} of {address[:8]}: not in the ledger" for address, target, key in there)


def _blank(key: Key) -> SubscriptionState:
    return SubscriptionState(address_key=key[0], target=key[1], target_key=key[2])


def _store(states: Iterable[SubscriptionState]) -> int:
    rows = sorted(states, key=key_of_state)
    for row in rows:
        row.pk = None
    upsert_rows(rows, ["address_key", "target", "target_key"], COLUMNS)
    return len(rows)
