"""Somebody else wrote a field of the sync: what Iterable accepted of it from us is not what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from contacts.sync.mapping import FieldMap, Fields
from contacts.sync.models import SyncDefinition, SyncState
from contacts.sync.settling import ACCEPTED
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled

ROWS_AT_A_TIME = 200


def forget_overwritten(settled: Sequence[Settled]) -> None:
    """By an event, the gateway or an operator: the next run compares these people anew, and sends what differs."""
    written: defaultdict[str, Fields] = defaultdict(dict)
    for row in sorted((said.delivery for said in settled), key=lambda row: row.pk):
        if row.operation == Delivery.Operation.PROFILE and row.cause != "sync" and row.state in ACCEPTED:
            written[row.lane] |= row.payload.get("dataFields", {})
    if not written:
        return
    for definition in SyncDefinition.objects.filter(target=SyncDefinition.Target.PROFILE).prefetch_related("mappings"):
        fields = FieldMap.of(definition).fields
        mine = {lane: {name: news[name] for name in news.keys() & fields} for lane, news in written.items()}
        _overwrite(definition, {lane: news for lane, news in mine.items() if news})


def _overwrite(definition: SyncDefinition, written: Mapping[str, Fields]) -> None:
    """An undo restores what others wrote, and what they wrote is cleared once the source has no value."""
    theirs = SyncState.objects.filter(definition=definition, address_key__in=list(written))
    states = list(theirs.select_for_update().order_by("address_key")) if written else []
    for state in states:
        news = state.accepted | written[state.address_key]
        state.fingerprint, state.accepted = "", {name: value for name, value in news.items() if value is not None}
    SyncState.objects.bulk_update(states, ["fingerprint", "accepted"], batch_size=ROWS_AT_A_TIME)
