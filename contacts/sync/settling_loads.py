"""What became of a load: told in the transaction that settles it, for all of its people at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from contacts.presence import note_accepted
from contacts.sync.counting import recount_runs
from contacts.sync.loading import CAUSE, aboard
from contacts.sync.models import SyncRow, SyncRun
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

ACCEPTED = """UPDATE sync_syncstate AS standing SET fingerprint = told.fingerprint, accepted = told.after, accepted_at = %s
    FROM sync_syncrow AS told WHERE told.id {among} AND told.state = 'enqueued'
    AND standing.definition_id = %s AND standing.address_key = told.address_key"""
AMONG = {"postgresql": "= ANY(%s::bigint[])", "sqlite": "IN (SELECT value FROM json_each(%s))"}
GIVEN_UP = ("given_up", "erased")


def settle_loads(settled: Sequence[Settled]) -> None:
    for said in settled:
        load = said.delivery
        if load.operation != Delivery.Operation.LOAD or load.cause != CAUSE:
            continue
        if "accepted" in said.result:
            _remember(load, said.result["accepted"])
        elif load.state == Delivery.State.SKIPPED and load.reason_code in GIVEN_UP:
            aboard(load).update(
                state=SyncRow.State.SKIPPED, reason_code=load.reason_code, reason=load.reason, updated_at=timezone.now()
            )
        recount_runs([int(load.cause_id)])


def _remember(load: Delivery, accepted: Sequence[Delivery]) -> None:
    """Of somebody erased since, the row has ended, and nothing is written."""
    ids = [int(row.cause_id) for row in accepted]
    definition_id = SyncRun.objects.values_list("definition", flat=True).get(pk=int(load.cause_id))
    with connection.cursor() as cursor:
        among: Any = ids if connection.vendor == "postgresql" else json.dumps(ids)
        cursor.execute(ACCEPTED.format(among=AMONG[connection.vendor]), [timezone.now(), among, definition_id])
    rows = SyncRow.objects.filter(pk__among=ids, state=SyncRow.State.ENQUEUED)
    note_accepted(rows)
    rows.update(state=SyncRow.State.DELIVERED, reason_code="", reason="", updated_at=timezone.now())
