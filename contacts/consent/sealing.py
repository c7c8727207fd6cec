"""Seal the ledger: every hour a digest over all new rows, chained to the one before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC
from hashlib import sha256

from django.db import connection, transaction
from django.utils import timezone

from contacts.consent.models import LedgerSeal, SubscriptionChange

AT_ONCE = 2_000
# Waits for whoever is appending and lets nobody begin: an id below the seal's last one cannot be committed after it.
LOCK = "LOCK TABLE consent_subscriptionchange, consent_ledgerseal IN SHARE ROW EXCLUSIVE MODE"


@transaction.atomic
def seal() -> LedgerSeal | None:
    """The new seal, or None if nothing was appended since the last."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
    before = LedgerSeal.objects.order_by("-last_id").first()
    unsealed = SubscriptionChange.objects.filter(pk__gt=before.last_id if before else 0).order_by("pk")
    ids = list(unsealed.values_list("pk", flat=True))
    if not ids:
        return None
    made = LedgerSeal(
        first_id=ids[0],
        last_id=ids[-1],
        rows=len(ids),
        previous_digest=before.digest if before else "",
        sealed_at=timezone.now(),
    )
    made.digest = digest_of(made, unsealed.values_list("hash", flat=True).iterator(AT_ONCE))
    made.save()
    return made


def digest_of(seal: LedgerSeal, hashes: Iterable[str]) -> str:
    """Over everything that the seal says, and the hash of each row that it covers, by id."""
    sealed_at = seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    said = (seal.previous_digest, seal.first_id, seal.last_id, seal.rows, sealed_at)
    digest = sha256(json.dumps(said).encode())
    for one in hashes:
        digest.update(one.encode())
    return digest.hexdigest()


def seal_hourly() -> None:
    """For the schedule."""
    seal()
