"""Somebody else wrote a field of the sync: what Iterable accepted of it from us is not what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from contacts.sync.mapping import FieldMap
from contacts.sync.models import SyncDefinition, SyncState
from contacts.sync.settling import ACCEPTED
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled


def forget_overwritten(settled: Sequence[Settled]) -> None:
    """By an event, the gateway or an operator: the next run compares these people anew, and sends what differs."""
    written: defaultdict[str, set[str]] = defaultdict(set)
    for row in (said.delivery for said in settled):
        if row.operation == Delivery.Operation.PROFILE and row.cause != "sync" and row.state in ACCEPTED:
            written[row.lane] |= set(row.payload.get("dataFields", {}))
    if not written:
        return
    for definition in SyncDefinition.objects.filter(target=SyncDefinition.Target.PROFILE).prefetch_related("mappings"):
        fields = FieldMap.of(definition).fields
        touched = [lane for lane, names in written.items() if names & fields]
        if touched:
            SyncState.objects.filter(definition=definition, address_key__in=touched).update(fingerprint="")
