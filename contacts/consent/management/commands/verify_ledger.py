"""Whether the ledger is as it was written."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.consent.models import LedgerSeal, SubscriptionChange
from contacts.consent.verifying import faults

LATE_AFTER = timedelta(hours=2)
LATE = "! That is more than two hours ago: the hourly job does not run (`manage.py doctor`), or later seals were removed."


class Command(BaseCommand):
    help = "Find ledger rows that were changed, removed or re-ordered: by each row's hash, its address's chain, and the seals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--digest", metavar="HEX", help="of a seal, as it was kept elsewhere: it must still be there")

    def handle(self, *, digest: str | None, **options: Any) -> None:
        found = 0
        for fault in chain(faults(), _unknown(digest)):
            found += 1
            self.stdout.write(self.style.ERROR(f"✗ {fault}"))
        if found:
            raise CommandError(f"{found} faults: compare with a backup; nothing here mends the ledger.", returncode=1)
        self.stdout.write(self.style.SUCCESS(f"✓ {SubscriptionChange.objects.count()} rows as they were written."))
        self.stdout.write(_sealed())


def _unknown(digest: str | None) -> Iterator[str]:
    """Whoever can rewrite every hash and seal cannot rewrite what is kept elsewhere."""
    if digest and not LedgerSeal.objects.filter(digest=digest.strip().lower()).exists():
        yield f"No seal has the digest {digest}: seals were removed or written anew."


def _sealed() -> str:
    last = LedgerSeal.objects.order_by("-last_id").first()
    if last is None:
        return "Nothing is sealed yet: the hourly job does it."
    unsealed = SubscriptionChange.objects.filter(pk__gt=last.last_id).count()
    told = f"Sealed up to row {last.last_id} with {last.digest}; {unsealed} rows since. Kept elsewhere, the digest proves it all."
    late = unsealed and timezone.now() - last.sealed_at > LATE_AFTER
    return f"{told}\n{LATE}" if late else told
