"""What became of the sync's deliveries: told in the transaction that settles them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone

from contacts.consent.erasing.marks import erased_among
from contacts.sync import reasons
from contacts.sync.counting import recount_runs
from contacts.sync.fingerprint import fingerprint
from contacts.sync.models import SyncRow, SyncState
from iterable_admin.copying import upsert_rows
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import Settled
from iterable_admin.outbox.retrying import withdraw_unsent

ACCEPTED = (Delivery.State.DELIVERED, Delivery.State.SETTLING)
NO_PROFILE = (reasons.NOT_IN_ITERABLE, "forgotten")
WRITES = (Delivery.Operation.PROFILE, Delivery.Operation.TRACK)
ENDS = {
    Delivery.State.DELIVERED: SyncRow.State.DELIVERED,
    Delivery.State.SETTLING: SyncRow.State.DELIVERED,
    Delivery.State.SKIPPED: SyncRow.State.SKIPPED,
    Delivery.State.NEEDS_YOU: SyncRow.State.FAILED,
}
LOOK_UP_FAILED = "whether Iterable has this person could not be asked"
REPLACED = "a later run of the sync sends the newest values instead"


def settle_sync(settled: Sequence[Settled]) -> None:
    """Opt-outs are not rows of a run: they are followed as deliveries, and hold back the update that has a row."""
    ended = {said.delivery.cause_id: said.delivery for said in settled if _ends_a_row(said.delivery)}
    if not ended:
        return
    rows = (
        SyncRow.objects.select_related("run")
        .defer("before", "after", "changed_fields")
        .in_bulk([int(row_id) for row_id in ended])
    )
    erased = erased_among({row.address_key for row in rows.values()})
    _remember([row for row in rows.values() if row.address_key not in erased], ended)
    _let_go_of_unasked(ended)
    for row in rows.values():
        _end(row, ended[str(row.pk)])
        if row.address_key in erased:
            row.reason_code, row.reason = reasons.ERASED_SINCE, reasons.WORDS[reasons.ERASED_SINCE]
    _save(rows.values())
    recount_runs(row.run_id for row in rows.values())


def _let_go_of_unasked(ended: Mapping[str, Delivery]) -> None:
    """What waited for a look-up that failed for good would hold its lane for ever: the row has failed, and is retried whole."""
    failed = [cause_id for cause_id, delivery in ended.items() if delivery.operation == Delivery.Operation.LOOK_UP]
    if failed:
        withdraw_unsent(Delivery.objects.filter(cause="sync", cause_id__in=failed, operation__in=WRITES), LOOK_UP_FAILED)


def _save(rows: Iterable[SyncRow]) -> None:
    """Those that ended alike in one statement: mostly all of them."""
    alike: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in rows:
        alike[row.state, row.reason_code, row.reason].append(row.pk)
    for (state, code, reason), ids in alike.items():
        ended = {"state": state, "reason_code": code, "reason": reason, "updated_at": timezone.now()}
        SyncRow.objects.filter(pk__in=ids).update(**ended)


def _ends_a_row(delivery: Delivery) -> bool:
    # What a later run replaced has failed all the same: the run in which it did keeps saying so.
    if delivery.cause != "sync" or delivery.reason.endswith(REPLACED):
        return False
    if delivery.operation == Delivery.Operation.LOOK_UP:
        return delivery.state == Delivery.State.NEEDS_YOU
    return delivery.operation in WRITES and delivery.state in ENDS


def _end(row: SyncRow, delivery: Delivery) -> None:
    row.state = ENDS[Delivery.State(delivery.state)]
    row.reason_code, row.reason = delivery.reason_code, delivery.reason
    if delivery.operation == Delivery.Operation.LOOK_UP:
        row.reason_code = reasons.LOOK_UP_FAILED
        row.reason = f"{reasons.WORDS[reasons.LOOK_UP_FAILED]} {delivery.reason}"


def _remember(rows: Iterable[SyncRow], ended: Mapping[str, Delivery]) -> None:
    """What Iterable holds from now on. It is taken from what was sent, and not from the row, which may be newer."""
    accepted: dict[tuple[int, str], SyncState] = {}
    # One call may carry two updates of one person, of two runs: the later one is what Iterable holds.
    for row in sorted(rows, key=lambda row: ended[str(row.pk)].pk):
        delivery = ended[str(row.pk)]
        if delivery.state in ACCEPTED:
            accepted[row.run.definition_id, row.address_key] = _state(row, delivery)
        elif delivery.state == Delivery.State.SKIPPED and delivery.reason_code in NO_PROFILE:
            lost = SyncState.objects.filter(definition=row.run.definition_id, address_key=row.address_key)
            lost.update(fingerprint="", accepted={}, outcome=reasons.NOT_IN_ITERABLE)
    states = [accepted[person] for person in sorted(accepted)]
    upsert_rows(states, ["definition_id", "address_key"], ["fingerprint", "accepted", "accepted_at"])


def _state(row: SyncRow, delivery: Delivery) -> SyncState:
    fields = {name: value for name, value in delivery.payload["dataFields"].items() if value is not None}
    return SyncState(
        definition_id=row.run.definition_id,
        address_key=row.address_key,
        fingerprint=fingerprint(fields),
        accepted=fields,
        accepted_at=timezone.now(),
    )
