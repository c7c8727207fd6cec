"""Rows that still wait for a delivery which has ended without telling: given up by hand, erased, or purged."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from contacts.sync.counting import recount_runs
from contacts.sync.loading import CAUSE
from contacts.sync.models import SyncRow
from contacts.sync.settling import WRITES, settle_sync
from iterable_admin.outbox.loads import loads_under_way
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

# A delivery that has just ended is being told about by the worker that ended it.
QUIET_FOR = timedelta(minutes=10)
ROWS_AT_A_TIME = 1_000
GONE = "Its delivery is no longer there: run again."


@transaction.atomic
def reconcile_rows() -> int:
    """Safe to repeat: what is told twice ends the same way."""
    rows = {str(row.pk): row for row in _forgotten().order_by("pk")[:ROWS_AT_A_TIME]}
    latest = _latest_updates(list(rows))
    settle_sync([Settled(delivery) for delivery in latest.values()])
    gone = [row for row_id, row in rows.items() if row_id not in latest]
    SyncRow.objects.filter(pk__in=[row.pk for row in gone], state=SyncRow.State.ENQUEUED).update(
        state=SyncRow.State.FAILED, reason_code="delivery_gone", reason=GONE, updated_at=timezone.now()
    )
    recount_runs(row.run_id for row in gone)
    return len(rows)


def _forgotten() -> QuerySet[SyncRow]:
    waiting = SyncRow.objects.filter(state=SyncRow.State.ENQUEUED, run__dry_run=False, updated_at__lt=timezone.now() - QUIET_FOR)
    # A load tells of its people when it ends.
    waiting = waiting.exclude(run__in={int(load.cause_id) for load in loads_under_way(CAUSE)})
    mine = Delivery.objects.filter(cause="sync", cause_id=Cast(OuterRef("pk"), CharField()), operation__in=WRITES)
    return waiting.exclude(Exists(mine.filter(state__in=Delivery.OPEN)))


def _latest_updates(row_ids: list[str]) -> dict[str, Delivery]:
    updates = Delivery.objects.filter(cause="sync", cause_id__in=row_ids, operation__in=WRITES)
    return {delivery.cause_id: delivery for delivery in updates.order_by("pk")}
