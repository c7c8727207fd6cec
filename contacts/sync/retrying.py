"""Send failed rows again, with the newest values that are known of their people; those of an undo with their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.presence import ABSENT
from contacts.sync import reasons
from contacts.sync.comparing import Changed, is_overwritten, presence, stands_at, states_of, weigh
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncDefinition, SyncRow, SyncState
from contacts.sync.profiles import latest_profiles, own_profile
from contacts.sync.sending import send
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import give_up, retry

ROWS_AT_A_TIME = 1_000
DISMISSED = ("dismissed_at", "dismissed_by", "dismissal")
REPLACED = "a retry of its sync row sends the newest values instead"


def retryable(rows: QuerySet[SyncRow]) -> QuerySet[SyncRow]:
    """Failed ones, but for those whose row in the source could not be read: only another run reads it again."""
    return rows.filter(state=SyncRow.State.FAILED, run__dry_run=False).exclude(reason_code=reasons.UNREADABLE)


def is_retryable(code: str) -> bool:
    return code != reasons.UNREADABLE


@transaction.atomic
def retry_rows(rows: QuerySet[SyncRow]) -> int:
    """Returns how many rows were taken up, including those that turned out to have nothing left to send."""
    chosen = retryable(rows).order_by("run__definition", "pk").values_list("run__definition", "pk")
    taken = 0
    for definition_id, pairs in groupby(chosen, key=lambda pair: pair[0]):
        ids = [pk for _, pk in pairs]
        definition = SyncDefinition.objects.get(pk=definition_id)
        for start in range(0, len(ids), ROWS_AT_A_TIME):
            taken += _retry_some(definition, ids[start : start + ROWS_AT_A_TIME])
    return taken


def _retry_some(definition: SyncDefinition, ids: Sequence[int]) -> int:
    chosen = retryable(SyncRow.objects.filter(pk__in=ids)).select_related("run")
    rows = list(chosen.select_for_update(of=("self",)).order_by("pk"))
    states = states_of(definition, {row.address_key for row in rows})
    weighed = _weigh(definition, rows, states)
    again: list[tuple[SyncRow, Changed]] = []
    for row in rows:
        changed, state = weighed.get(row.pk), states.get(row.address_key)
        if changed and _is_worth_sending(definition, row, changed, state):
            again.append((_enqueued(row, changed), changed))
        else:
            _skip(row, changed, state)
    _put_away_old_deliveries([str(row.pk) for row in rows])
    changed_columns = ["state", "reason_code", "reason", "fingerprint", "before_fingerprint", "changed_fields", "before", "after"]
    SyncRow.objects.bulk_update(rows, [*changed_columns, *DISMISSED, "updated_at"])
    send(definition, [row for row, _ in again], [changed for _, changed in again])
    recount_runs(row.run_id for row in rows)
    return len(rows)


def _weigh(definition: SyncDefinition, rows: Sequence[SyncRow], states: Mapping[str, SyncState]) -> dict[int, Changed]:
    """By row: an undo is to put its own values back, everything else sends the newest."""
    latest = latest_profiles(definition.pk, {row.address_key for row in rows if not row.run.undoes_id})
    found = [(row.pk, own_profile(row) if row.run.undoes_id else latest.get(row.address_key)) for row in rows]
    known = [(pk, profile) for pk, profile in found if profile]
    present = presence({profile.key for _, profile in known})
    changes = weigh(definition, [profile for _, profile in known], present, states)
    return {pk: changed for (pk, _), changed in zip(known, changes, strict=True)}


def _is_worth_sending(definition: SyncDefinition, row: SyncRow, changed: Changed, state: SyncState | None) -> bool:
    absent = changed.present is ABSENT and definition.mode == SyncDefinition.Mode.UPDATE
    if absent or (row.run.undoes_id and not stands_at(state, row.before_fingerprint)):
        return False
    overwritten = state is not None and is_overwritten(state) and bool(changed.before)
    return overwritten or changed.profile.fingerprint != (state.fingerprint if state else "")


def _enqueued(row: SyncRow, changed: Changed) -> SyncRow:
    row.state, row.reason_code, row.reason = SyncRow.State.ENQUEUED, "", ""
    row.fingerprint, row.before_fingerprint = changed.profile.fingerprint, changed.before_fingerprint
    row.changed_fields, row.before, row.after = changed.words, changed.before, changed.profile.fields
    # Should it fail once more, somebody is to see it.
    row.dismissed_at, row.dismissed_by, row.dismissal = None, "", ""
    row.updated_at = timezone.now()
    return row


def _skip(row: SyncRow, changed: Changed | None, state: SyncState | None) -> None:
    row.state, row.reason_code = SyncRow.State.SKIPPED, reasons.NOTHING_TO_SEND
    if changed and changed.present is ABSENT:
        row.reason_code = reasons.NOT_IN_ITERABLE
    elif changed and row.run.undoes_id and not stands_at(state, changed.profile.fingerprint):
        row.reason_code = reasons.CHANGED_SINCE
    row.reason, row.updated_at = reasons.WORDS[row.reason_code], timezone.now()


def _put_away_old_deliveries(row_ids: Sequence[str]) -> None:
    """What did not arrive is replaced, except withdrawals, which are never put away: a failed look-up among them goes again,
    in its old place before the opt-outs that wait for it."""
    old = Delivery.objects.filter(cause="sync", cause_id__in=row_ids)
    give_up(old, REPLACED)
    retry(old.filter(operation=Delivery.Operation.LOOK_UP, state=Delivery.State.NEEDS_YOU, withdrawal=True))
