"""Hand what changed to the outbox: the rows of the run and their deliveries, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from contacts.consent.applying import TargetIds, opt_outs, target_ids
from contacts.sync import reasons
from contacts.sync.classifying import Refused
from contacts.sync.comparing import Changed, Compared
from contacts.sync.models import SyncRow, SyncRun, SyncState
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up, profile_update
from iterable_admin.outbox.models import Delivery


def write_rows(run: SyncRun, compared: Compared) -> None:
    SyncRow.objects.bulk_create(
        [_refused_row(run, refused) for refused in compared.refused] + [_absent_row(run, changed) for changed in compared.absent],
        batch_size=1_000,
    )
    # What Iterable once accepted went with the profile: should the person come back, everything is sent anew.
    SyncState.objects.filter(
        definition=run.definition_id, address_key__in=[changed.profile.key for changed in compared.absent]
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
    profile = changed.profile
    return SyncRow(
        run=run,
        address_key=profile.key,
        email=profile.email,
        fingerprint=profile.fingerprint,
        changed_fields=changed.fields,
    )


def send(rows: Sequence[SyncRow], changes: Sequence[Changed]) -> None:
    """Rows already stored, each with what it stands for."""
    ids = target_ids()
    enqueue([step for row, changed in zip(rows, changes, strict=True) for step in deliveries(row, changed, ids)])


def deliveries(row: SyncRow, changed: Changed, ids: TargetIds) -> list[Delivery]:
    """Look, opt out, update: each only where needed, in this order.

    The opt-out would create somebody whom Iterable does not have, so for the sync it waits for the look-up, which is then a
    withdrawal too: withdrawals leave a lane before everything else.
    """
    profile, cause = changed.profile, Cause("sync", str(row.pk))
    ask = changed.present is None and (changed.withdrawn or not settings.ITERABLE_UPDATE_ONLY)
    steps = [look_up(profile.email, cause, withdrawal=changed.withdrawn)] if ask else []
    if changed.withdrawn:
        steps += opt_outs(profile.email, cause, ids)
    return [*steps, profile_update(profile.email, profile.fields, cause, creates=False)]
