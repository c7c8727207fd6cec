"""What an earlier run failed to deliver, a later one sends anew: nobody has to mend the old delivery."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.sync.models import SyncDefinition, SyncRow
from contacts.sync.settling import REPLACED, WRITES
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import give_up


def put_away_failed(definition: SyncDefinition, keys: Sequence[str]) -> None:
    """The rows of those runs stay failed: that is what happened in them."""
    if not definition.runs.filter(failed__gt=0).exists():
        return
    failed = SyncRow.objects.filter(run__definition=definition, state=SyncRow.State.FAILED, address_key__in=keys)
    ids = [str(pk) for pk in failed.values_list("pk", flat=True)]
    if ids:
        give_up(Delivery.objects.filter(cause="sync", cause_id__in=ids, operation__in=WRITES), REPLACED)
