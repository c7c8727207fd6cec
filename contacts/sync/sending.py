"""Hand what changed to the outbox: the rows of the run and their deliveries, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from contacts.consent.applying import TargetIds, opt_outs, target_ids
from contacts.sync import reasons
from contacts.sync.classifying import Refused
from contacts.sync.comparing import Changed, Compared
from contacts.sync.loading import fit_for_a_load, write_load
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from contacts.sync.replacing import put_away_failed
from iterable_admin.copying import insert_rows
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up, profile_update, tracked_event
from iterable_admin.outbox.models import Delivery

State = SyncRow.State


def write_rows(run: SyncRun, compared: Compared) -> None:
    insert_rows([refused_row(run, refused) for refused in compared.refused])
    insert_rows([absent_row(run, changed) for changed in compared.absent])
    put_away_failed(run.definition, [changed.profile.key for changed in compared.to_send])
    travelling = fit_for_a_load(run.definition, compared.to_send)
    alone = [changed for changed in compared.to_send if changed.profile.key not in travelling]
    rows = [row_of(run, changed) for changed in alone]
    insert_rows(rows)
    send(run.definition, rows, alone)
    write_load(run, [changed for changed in compared.to_send if changed.profile.key in travelling])


def planned_rows(run: SyncRun, compared: Compared) -> list[SyncRow]:
    """The same rows, of which nothing comes."""
    planned = [row_of(run, changed, State.PLANNED) for changed in compared.to_send]
    refused = [refused_row(run, refused) for refused in compared.refused]
    return [*refused, *(absent_row(run, changed) for changed in compared.absent), *planned]


def refused_row(run: SyncRun, refused: Refused) -> SyncRow:
    return SyncRow(
        run=run,
        address_key=refused.key,
        email=refused.email,
        state=refused.state,
        reason_code=refused.code,
        reason=refused.reason,
        clash=refused.clash,
    )


def absent_row(run: SyncRun, changed: Changed) -> SyncRow:
    row = row_of(run, changed, State.SKIPPED)
    row.reason_code, row.reason = reasons.NOT_IN_ITERABLE, reasons.WORDS[reasons.NOT_IN_ITERABLE]
    return row


def row_of(run: SyncRun, changed: Changed, state: State = State.ENQUEUED) -> SyncRow:
    profile = changed.profile
    return SyncRow(
        run=run,
        address_key=profile.key,
        email=profile.email,
        state=state,
        kind=changed.kind,
        fingerprint=profile.fingerprint,
        before_fingerprint=changed.before_fingerprint,
        changed_fields=changed.words,
        before=changed.before,
        after=profile.fields,
    )


def send(definition: SyncDefinition, rows: Sequence[SyncRow], changes: Sequence[Changed]) -> None:
    """Rows already stored, each with what it stands for."""
    ids = target_ids()
    enqueue([step for row, changed in zip(rows, changes, strict=True) for step in deliveries(definition, row, changed, ids)])


def deliveries(definition: SyncDefinition, row: SyncRow, changed: Changed, ids: TargetIds) -> list[Delivery]:
    """Look, opt out, update: each only where needed, in this order.

    The opt-out would create somebody whom Iterable does not have, so for the sync it waits for the look-up, which is then a
    withdrawal too: withdrawals leave a lane before everything else. Where the sync may create, nobody is looked up.
    """
    cause, email = Cause("sync", str(row.pk)), changed.profile.email
    creates = definition.mode == SyncDefinition.Mode.UPSERT
    refuses = settings.ITERABLE_UPDATE_ONLY and definition.target == SyncDefinition.Target.PROFILE
    ask = not creates and changed.present is None and (changed.withdrawn or not refuses)
    steps = [look_up(email, cause, withdrawal=changed.withdrawn)] if ask else []
    if changed.withdrawn:
        steps += opt_outs(email, cause, ids)
    return [*steps, _write(definition, row, changed, cause, creates=creates)]


def _write(definition: SyncDefinition, row: SyncRow, changed: Changed, cause: Cause, *, creates: bool) -> Delivery:
    profile = changed.profile
    if definition.target == SyncDefinition.Target.PROFILE:
        return profile_update(profile.email, profile.fields | changed.cleared, cause, creates=creates)
    # The row's own id: a retry of it is an update in Iterable, and the next change another event.
    event_id = str(uuid5(NAMESPACE_URL, f"iterable-admin:sync-row:{row.pk}"))
    at = int(row.run.started_at.timestamp())
    event = tracked_event(profile.email, definition.event_name, profile.fields, cause, id=event_id, created_at=at)
    event.creates = creates
    return event
