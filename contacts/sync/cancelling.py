"""End a run early: what left stays, what did not is left to the next run."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.sync import reasons
from contacts.sync.counting import recount_runs
from contacts.sync.holding import CANCELLED
from contacts.sync.loading import CAUSE, passengers
from contacts.sync.models import SyncRow, SyncRun
from iterable_admin.errors import Permanent
from iterable_admin.outbox.loads import withdraw_loads
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import withdraw_unsent

NOT_UNDER_WAY = "{run} is not under way: it {state}."
ROWS_AT_A_TIME = 1_000


@transaction.atomic
def cancel(run: SyncRun) -> str:
    """A reading process notices within seconds; deliveries that have not left are taken back here."""
    current = SyncRun.objects.select_for_update().get(pk=run.pk)
    if current.state not in SyncRun.UNDER_WAY:
        raise Permanent(NOT_UNDER_WAY.format(run=run, state=f"is {current.get_state_display()}"))
    current.cancelled_at = timezone.now()
    reads = current.state == SyncRun.State.RUNNING and current.process
    if not reads:
        current.state, current.stop_code = SyncRun.State.STOPPED, SyncRun.Stop.CANCELLED
        current.error, current.finished_at = CANCELLED, current.cancelled_at
    current.save()
    taken_back = take_back(current)
    return f"{taken_back:,} rows that had not left were taken back." + (" The reading ends within seconds." if reads else "")


def take_back(run: SyncRun) -> int:
    """Rows whose delivery has not left. Withdrawals among the deliveries stay: they are no part of the sync."""
    taken = 0
    last = 0
    while ids := list(_unsent(run, last).values_list("pk", flat=True)[:ROWS_AT_A_TIME]):
        last = ids[-1]
        gone = withdraw_unsent(Delivery.objects.filter(cause="sync", cause_id__in=map(str, ids)), "the run was cancelled")
        rows = SyncRow.objects.filter(pk__in=[int(cause_id) for cause_id in gone], state=SyncRow.State.ENQUEUED)
        taken += _end(rows)
    for load in withdraw_loads(CAUSE, str(run.pk), "the run was cancelled"):
        # Whoever was let off before goes, or went, by a delivery of their own.
        ids = [int(row.cause_id) for row in passengers(load)]
        taken += _end(SyncRow.objects.filter(pk__among=ids, state=SyncRow.State.ENQUEUED))
    recount_runs([run.pk])
    return taken


def _end(rows: QuerySet[SyncRow]) -> int:
    code = reasons.CANCELLED
    return rows.update(state=SyncRow.State.SKIPPED, reason_code=code, reason=reasons.WORDS[code], updated_at=timezone.now())


def _unsent(run: SyncRun, after: int) -> QuerySet[SyncRow]:
    return run.rows.filter(state=SyncRow.State.ENQUEUED, pk__gt=after).order_by("pk")
