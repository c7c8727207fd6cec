"""Asked just before a delivery of the sync leaves: does Iterable have the person by now?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings

from contacts.models import Presence
from contacts.sync import reasons
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Hold, Skip

ABSENT = Skip(reasons.NOT_IN_ITERABLE, reasons.WORDS[reasons.NOT_IN_ITERABLE])
UNKNOWN = Hold(
    "presence_unknown",
    "Whether Iterable has this person is not known: the look-up did not succeed. Retry it, or the row in its sync run.",
    again=timedelta(minutes=1),
)


def gate_sync(deliveries: Sequence[Delivery]) -> dict[int, Hold | Skip]:
    ours = [row for row in deliveries if row.cause == "sync" and row.operation != Delivery.Operation.LOOK_UP]
    creating = _of_upserts(ours)
    ours = [row for row in ours if row.cause_id not in creating]
    known = {presence.address_key: presence for presence in Presence.objects.filter(pk__in={row.lane for row in ours})}
    return {row.pk: objection for row in ours if (objection := _objection(row, known))}


def _of_upserts(rows: Sequence[Delivery]) -> set[str]:
    """The causes of rows that may create their person."""
    # Opt-outs always create, so that they alone tell nothing.
    causes = {int(row.cause_id) for row in rows if row.creates}
    runs = dict(SyncRow.objects.filter(pk__among=causes).order_by().values_list("pk", "run")) if causes else {}
    # In two steps: in one, PostgreSQL goes from the definition to all rows that it ever had.
    upserts = SyncRun.objects.filter(pk__in=set(runs.values()), definition__mode=SyncDefinition.Mode.UPSERT)
    creating = set(upserts.values_list("pk", flat=True)) if runs else set()
    return {str(pk) for pk, run in runs.items() if run in creating}


def _objection(row: Delivery, known: Mapping[str, Presence]) -> Hold | Skip | None:
    presence = known.get(row.lane)
    if presence is None or not _known_for(row, presence):
        # Where Iterable refuses to create, it says itself who is missing; an opt-out creates all the same.
        asks_iterable = settings.ITERABLE_UPDATE_ONLY and row.operation == Delivery.Operation.PROFILE
        return None if asks_iterable else UNKNOWN
    return None if presence.present else ABSENT


def _known_for(row: Delivery, presence: Presence) -> bool:
    """Young enough when the row was enqueued, or learnt since: a row that waited for days was asked about in its time."""
    return presence.seen_at >= row.created_at - timedelta(hours=settings.KNOWN_MAX_AGE_HOURS)
