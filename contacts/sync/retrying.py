"""Send failed rows again, with the newest values that are known of their people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.presence import ABSENT
from contacts.sync import reasons
from contacts.sync.comparing import Changed, weigh
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncDefinition, SyncRow, SyncState
from contacts.sync.profiles import Profile, stored_profiles
from contacts.sync.sending import send
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import give_up, retry

ROWS_AT_A_TIME = 1_000
REPLACED = "a retry of its sync row sends the newest values instead"


def retryable(rows: QuerySet[SyncRow]) -> QuerySet[SyncRow]:
    """Failed ones, but for those whose warehouse row could not be read: only another run reads it again."""
    return rows.filter(state=SyncRow.State.FAILED, run__dry_run=False).exclude(reason_code=reasons.UNREADABLE)


@transaction.atomic
def retry_rows(rows: QuerySet[SyncRow]) -> int:
    """Returns how many rows were taken up, including those that turned out to have nothing left to send."""
    chosen = retryable(rows).order_by("run__definition", "pk").values_list("run__definition", "pk")
    taken = 0
    for definition_id, pairs in groupby(chosen, key=lambda pair: pair[0]):
        ids = [pk for _, pk in pairs]
        for start in range(0, len(ids), ROWS_AT_A_TIME):
            taken += _retry_some(definition_id, ids[start : start + ROWS_AT_A_TIME])
    return taken


def _retry_some(definition_id: int, ids: Sequence[int]) -> int:
    rows = list(retryable(SyncRow.objects.filter(pk__in=ids)).select_for_update(of=("self",)).order_by("pk"))
    date_keys = SyncDefinition.objects.values_list("date_keys", flat=True).get(pk=definition_id)
    profiles = stored_profiles({row.address_key for row in rows}, date_keys)
    weighed = {changed.profile.key: changed for changed in weigh(definition_id, list(profiles.values()))}
    accepted = SyncState.objects.filter(definition=definition_id, address_key__in=profiles)
    up_to_date = set(accepted.values_list("address_key", "fingerprint"))
    again: list[tuple[SyncRow, Changed]] = []
    for row in rows:
        changed = weighed.get(row.address_key)
        if changed and _is_worth_sending(changed.profile, up_to_date) and changed.present is not ABSENT:
            again.append((_enqueued(row, changed), changed))
        else:
            _skip(row, changed)
    _put_away_old_deliveries([str(row.pk) for row in rows])
    SyncRow.objects.bulk_update(rows, ["state", "reason_code", "reason", "fingerprint", "changed_fields", "updated_at"])
    send([row for row, _ in again], [changed for _, changed in again])
    recount_runs(row.run_id for row in rows)
    return len(rows)


def _is_worth_sending(profile: Profile, up_to_date: set[tuple[str, str]]) -> bool:
    return bool(profile.namespaces) and (profile.key, profile.fingerprint) not in up_to_date


def _enqueued(row: SyncRow, changed: Changed) -> SyncRow:
    row.state, row.reason_code, row.reason = SyncRow.State.ENQUEUED, "", ""
    row.fingerprint, row.changed_fields, row.updated_at = changed.profile.fingerprint, changed.fields, timezone.now()
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
