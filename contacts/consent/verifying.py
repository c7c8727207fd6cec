"""Find what was changed, removed or re-ordered in the ledger, by its hashes and seals."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from contacts.consent.hashing import hash_of
from contacts.consent.models import LedgerSeal, SubscriptionChange, SubscriptionState
from contacts.consent.sealing import digest_of
from contacts.consent.states import KINDS

AT_ONCE = 2_000


def faults() -> Iterator[str]:
    """In words, each with the id of the row or seal concerned; none if the ledger is as it was written."""
    yield from _faulty_rows()
    yield from _faulty_seals()
    yield from _lost_rows()


def _faulty_rows() -> Iterator[str]:
    """Rows in the order of their ids: each must have its own hash, and name the hash of its address's row before."""
    last: dict[str, str] = {}
    for row in SubscriptionChange.objects.order_by("pk").iterator(AT_ONCE):
        if hash_of(row) != row.hash:
            yield f"Ledger row {row.pk} was changed: its hash is another."
        if row.previous_hash != last.get(row.address_key, ""):
            yield f"Before ledger row {row.pk} a row of the same address was removed, changed or moved."
        last[row.address_key] = row.hash


def _faulty_seals() -> Iterator[str]:
    """A removed last row of an address leaves no gap in its chain: the seals know how many rows there were."""
    previous, unsealed = "", SubscriptionChange.objects.order_by("pk")
    for seal in LedgerSeal.objects.order_by("last_id"):
        rows, unsealed = unsealed.filter(pk__lte=seal.last_id), unsealed.filter(pk__gt=seal.last_id)
        if seal.previous_digest != previous:
            yield f"Seal {seal.pk} does not follow the seal before it: one was removed or changed."
        if (count := rows.count()) != seal.rows:
            yield f"Seal {seal.pk} covers {seal.rows} ledger rows, of which {count} are there (up to id {seal.last_id})."
        elif digest_of(seal, rows.values_list("hash", flat=True).iterator(AT_ONCE)) != seal.digest:
            yield f"Seal {seal.pk} does not fit the ledger rows up to {seal.last_id}: it or they were changed, or re-ordered."
        previous = seal.digest


def _lost_rows() -> Iterator[str]:
    """A last row that was removed before it was sealed is missed by the state that it made."""
    for kind in KINDS:
        there = SubscriptionChange.objects.filter(pk=OuterRef(f"{kind}_by"), address_key=OuterRef("address_key"))
        lost = SubscriptionState.objects.filter(~Exists(there), **{f"{kind}_by__isnull": False}).order_by("pk")
        for number, address in lost.values_list(f"{kind}_by", "address_key").iterator(AT_ONCE):
            yield f"Ledger row {number}, on which the state of {address[:8]} rests, is not there: it was removed or moved."
