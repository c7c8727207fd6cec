"""Send a profile update anew with what is known by now. The row that failed ends and stays on record, with what it said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import RETRYABLE

State = Delivery.State
REPLACED = "replaced"
# Rows alike are locked and replaced together; a selection may be of any size.
AT_ONCE = 500

# Called in a transaction with locked profile updates of one cause and the operator's reason; returns how many it renewed.
Renew = Callable[[Sequence[Delivery], str], int]

_renewals: dict[str, Renew] = {}


def register_renewal(cause: str, renew: Renew) -> None:
    """Rooms above know the values of today; the outbox does not."""
    _renewals[cause] = renew


def renewable(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Profile updates that may be retried, of a cause that somebody speaks for; neither blanked nor replaced already."""
    profiles = deliveries.filter(state__in=RETRYABLE, operation=Delivery.Operation.PROFILE, cause__in=list(_renewals))
    return profiles.exclude(email="").exclude(reason_code=REPLACED)


@transaction.atomic
def send_latest(deliveries: QuerySet[Delivery], reason: str) -> int:
    """By new rows, which take their turn after what waits for the same person, and are asked about by the gates."""
    keys = list(renewable(deliveries).order_by("pk").values_list("pk", flat=True))
    return sum(_renew(keys[start : start + AT_ONCE], reason) for start in range(0, len(keys), AT_ONCE))


def _renew(keys: Sequence[int], reason: str) -> int:
    """The state is asked again under the lock: a worker may have taken a row meanwhile."""
    rows = list(Delivery.objects.filter(pk__in=keys, state__in=RETRYABLE).order_by("pk").select_for_update(of=("self",)))
    by_cause = {cause: [row for row in rows if row.cause == cause] for cause in _renewals}
    return sum(_renewals[cause](ours, reason) for cause, ours in by_cause.items() if ours)


def replace(rows: Sequence[Delivery], values: Mapping[int, Mapping[str, Any]], reason: str) -> int:
    """By rows with the `values` of today, by primary key; only for fields that a row had, and where none is known its own."""
    enqueue([_anew(row, values.get(row.pk, {})) for row in rows])
    for row in rows:
        Delivery.objects.filter(pk=row.pk).update(
            state=State.SKIPPED,
            reason_code=REPLACED,
            reason=f"{row.reason} Sent anew by a later delivery, with the latest values: {reason}".strip(),
            ended_at=row.ended_at or timezone.now(),
            next_attempt_at=None,
        )
    return len(rows)


def _anew(row: Delivery, values: Mapping[str, Any]) -> Delivery:
    told = row.payload.get("dataFields", {})
    fields = {name: values.get(name, value) for name, value in told.items()}
    delivery = profile_update(row.email, fields, Cause(row.cause, row.cause_id, row.request_id), creates=row.creates)
    delivery.user_id = row.user_id
    return delivery
