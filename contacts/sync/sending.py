"""Hand what changed to the outbox: the rows of the run and their deliveries, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from contacts.consent.applying import opt_outs
from contacts.sync import reasons
from contacts.sync.classifying import Refused
from contacts.sync.comparing import Changed, Compared
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.outgoing import outgoing_fields
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up, profile_update
from iterable_admin.outbox.models import Delivery


def write_rows(run: SyncRun, compared: Compared) -> None:
    SyncRow.objects.bulk_create(
        [_refused_row(run, refused) for refused in compared.refused] + [_absent_row(run, changed) for changed in compared.absent],
        batch_size=1_000,
    )
    # What Iterable once accepted went with the profile: should the person come back, everything is sent anew.
    SyncState.objects.filter(
        definition=run.definition_id, address_key__in=[changed.person.key for changed in compared.absent]
    ).delete()
    send(SyncRow.objects.bulk_create([_row(run, changed) for changed in compared.to_send], batch_size=1_000), compared.to_send)


def _refused_row(run: SyncRun, refused: Refused) -> SyncRow:
    return SyncRow(
        run=run,
        address_key=refused.key,
        email=refused.email,
        state=refused.state,
        reason_code=refused.code,
        reason=refused.reason,
    )


def _absent_row(run: SyncRun, changed: Changed) -> SyncRow:
    row = _row(run, changed)
    row.state, row.reason_code = SyncRow.State.SKIPPED, reasons.NOT_IN_ITERABLE
    row.reason = reasons.WORDS[reasons.NOT_IN_ITERABLE]
    return row


def _row(run: SyncRun, changed: Changed) -> SyncRow:
    person = changed.person
    return SyncRow(
        run=run,
        address_key=person.key,
        email=person.email,
        fingerprint=person.fingerprint,
        changed_fields=changed.fields,
    )


def send(rows: Sequence[SyncRow], changes: Sequence[Changed]) -> None:
    enqueue([delivery for row, changed in zip(rows, changes, strict=True) for delivery in deliveries(row, changed)])


def deliveries(row: SyncRow, changed: Changed) -> list[Delivery]:
    """Look, opt out, update: each only where needed, in this order.

    The opt-out would create somebody whom Iterable does not have, so for the sync it waits for the look-up, which is then a
    withdrawal too: withdrawals leave a lane before everything else.
    """
    person, cause = changed.person, Cause("sync", str(row.pk))
    ask = changed.present is None and (changed.withdrawn or not settings.ITERABLE_UPDATE_ONLY)
    steps = [look_up(person.email, cause, withdrawal=changed.withdrawn)] if ask else []
    if changed.withdrawn:
        steps += opt_outs(person.email, cause)
    return [*steps, profile_update(person.email, outgoing_fields(person.namespaces), cause, creates=False)]
