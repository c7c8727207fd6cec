"""Send failed rows again, with the newest values that are known of their people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.presence import ABSENT
from contacts.sync import reasons
from contacts.sync.comparing import Changed, presence, states_of, weigh
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncDefinition, SyncRow, SyncState
from contacts.sync.profiles import latest_profiles
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
    profiles = latest_profiles(definition.pk, {row.address_key for row in rows})
    states = states_of(definition, profiles)
    present = presence(profiles)
    weighed = {changed.profile.key: changed for changed in weigh(definition, list(profiles.values()), present, states)}
    again: list[tuple[SyncRow, Changed]] = []
    for row in rows:
        changed = weighed.get(row.address_key)
        if changed and _is_worth_sending(definition, changed, states):
            again.append((_enqueued(row, changed), changed))
        else:
            _skip(row, changed)
    _put_away_old_deliveries([str(row.pk) for row in rows])
    changed_columns = ["state", "reason_code", "reason", "fingerprint", "before_fingerprint", "changed_fields", "before", "after"]
    SyncRow.objects.bulk_update(rows, [*changed_columns, *DISMISSED, "updated_at"])
    send(definition, [row for row, _ in again], [changed for _, changed in again])
    recount_runs(row.run_id for row in rows)
    return len(rows)


def _is_worth_sending(definition: SyncDefinition, changed: Changed, states: Mapping[str, SyncState]) -> bool:
    state = states.get(changed.profile.key)
    absent = changed.present is ABSENT and definition.mode == SyncDefinition.Mode.UPDATE
    return not absent and changed.profile.fingerprint != (state.fingerprint if state else "")


def _enqueued(row: SyncRow, changed: Changed) -> SyncRow:
    row.state, row.reason_code, row.reason = SyncRow.State.ENQUEUED, "", ""
    row.fingerprint, row.before_fingerprint = changed.profile.fingerprint, changed.before_fingerprint
    row.changed_fields, row.before, row.after = changed.words, changed.before, changed.profile.fields
    # Should it fail once more, somebody is to see it.
    row.dismissed_at, row.dismissed_by, row.dismissal = None, "", ""
    row.updated_at = timezone.now()
    return row


def _skip(row: SyncRow, changed: Changed | None) -> None:
    absent = changed is not None and changed.present is ABSENT
    row.state = SyncRow.State.SKIPPED
    row.reason_code = reasons.NOT_IN_ITERABLE if absent else reasons.NOTHING_TO_SEND
    row.reason, row.updated_at = reasons.WORDS[row.reason_code], timezone.now()


def _put_away_old_deliveries(row_ids: Sequence[str]) -> None:
    """What did not arrive is replaced, except withdrawals, which are never put away: a failed look-up among them goes again,
    in its old place before the opt-outs that wait for it."""
    old = Delivery.objects.filter(cause="sync", cause_id__in=row_ids)
    give_up(old, REPLACED)
    retry(old.filter(operation=Delivery.Operation.LOOK_UP, state=Delivery.State.NEEDS_YOU, withdrawal=True))
