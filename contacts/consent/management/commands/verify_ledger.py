"""Whether the ledger is as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.consent.models import LedgerSeal, SubscriptionChange
from contacts.consent.verifying import faults


class Command(BaseCommand):
    help = "Find ledger rows that were changed, removed or re-ordered: by each row's hash, its address's chain, and the seals."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for fault in faults():
            found += 1
            self.stdout.write(self.style.ERROR(f"✗ {fault}"))
        if found:
            raise CommandError(f"{found} faults: compare with a backup; nothing here mends the ledger.", returncode=1)
        self.stdout.write(self.style.SUCCESS(f"✓ {SubscriptionChange.objects.count()} rows as they were written."))
        self.stdout.write(_sealed())


def _sealed() -> str:
    last = LedgerSeal.objects.order_by("-last_id").first()
    if last is None:
        return "Nothing is sealed yet: the hourly job does it."
    unsealed = SubscriptionChange.objects.filter(pk__gt=last.last_id).count()
    return f"Sealed up to row {last.last_id} with {last.digest}; {unsealed} rows since. Kept elsewhere, the digest proves it all."
