"""A profile update of the sync is renewed by its row: weighed once more, with look-up and opt-out where they are needed."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.sync.models import SyncRow
from contacts.sync.retrying import retry_rows
from iterable_admin.outbox.models import Delivery


def renew_of_syncs(rows: Sequence[Delivery], _reason: str) -> int:
    """Only of rows that failed; the others are still under way, or had an end that is no failure."""
    ids = [int(row.cause_id) for row in rows if row.cause_id.isdecimal()]
    return retry_rows(SyncRow.objects.filter(pk__in=ids))
