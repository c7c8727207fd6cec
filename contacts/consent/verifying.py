"""Find what was changed, removed or re-ordered in the ledger, by its hashes and seals."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.consent.hashing import hash_of
from contacts.consent.models import LedgerSeal, SubscriptionChange
from contacts.consent.sealing import digest_of

AT_ONCE = 2_000


def faults() -> Iterator[str]:
    """In words, each with the id of the row or seal concerned; none if the ledger is as it was written."""
    yield from _faulty_rows()
    yield from _faulty_seals()


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
        elif digest_of(seal.previous_digest, rows.values_list("hash", flat=True).iterator(AT_ONCE)) != seal.digest:
            yield f"The ledger rows up to {seal.last_id} are not those of seal {seal.pk}: changed or re-ordered."
        previous = seal.digest
