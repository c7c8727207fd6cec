"""Send a load: whoever cannot travel in it, for whatever reason, gets a delivery of their own and is judged by that."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import IterableError, Refused
from iterable_admin.iterable.outcomes import BulkResult, Outcome
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.outbox.bulk_sending import notes_of
from iterable_admin.outbox.departing import is_allowed
from iterable_admin.outbox.enqueueing import enqueue
from iterable_admin.outbox.judging import DELIVERED, judge_failure
from iterable_admin.outbox.loads import number_passengers, passengers_of
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.registry import ask_gates
from iterable_admin.outbox.settling import End, Made, settle
from iterable_admin.outbox.switching import Mode
from iterable_admin.redaction import mask_emails

State = Delivery.State
# A 500 passes, or it is the fault of somebody aboard: then the others need not wait for them.
TRIES_TOGETHER = 3
MOST_DEATHS = 1
OBSERVING = "The switch is on observe: what would be sent is written down for each person."
DIED = "The worker died each time this was sent, so its people go one by one: it may be one of them."
NOBODY = "Nobody is left in it: each has gone, or goes, by a delivery of their own."


def send_load(client: IterableClient, load: Delivery, mode: Mode) -> IterableError | None:
    """Settled as a whole. Returns the error of a call that failed for everybody."""
    why = OBSERVING if mode == Mode.OBSERVE else DIED if load.deaths > MOST_DEATHS else ""
    aboard = passengers_of(load)
    if why:
        _take_apart(load, aboard, why)
        return None
    staying = _let_off(aboard)
    if not staying:
        settle([load], {load.pk: End(State.SKIPPED, "taken_apart", NOBODY, counts=False)})
        return None
    try:
        result = _call(client, load, staying)
    except IterableError as error:
        return _failed(load, staying, error)
    _settle_result(load, staying, result)
    return None


def _let_off(aboard: Sequence[Delivery]) -> list[Delivery]:
    """The gates are asked of each as if they stood alone. Committed before the call: nobody travels twice."""
    number_passengers(aboard)
    objections = ask_gates(aboard)
    free = {row.pk for row in aboard if row.pk not in objections and is_allowed(row.email)}
    _enqueue_apart([row for row in aboard if row.pk not in free])
    return [row for row in aboard if row.pk in free]


def _enqueue_apart(rows: Sequence[Delivery]) -> None:
    for row in rows:
        row.pk = None
    enqueue(rows)


def _call(client: IterableClient, load: Delivery, rows: Sequence[Delivery]) -> BulkResult:
    updates = [ProfileUpdate(data_fields=row.payload["dataFields"], email=row.email) for row in rows]
    return client.users.bulk_update(updates, update_only=settings.ITERABLE_UPDATE_ONLY and not load.creates)


def _failed(load: Delivery, rows: Sequence[Delivery], error: IterableError) -> IterableError | None:
    # A load belongs to nobody, so an erasure would not find an address in what is said of it.
    said = mask_emails(str(error))
    made = Made(error.call, said, people=len(rows), people_refused=len(rows), refused={load.pk: (type(error).__name__, said)})
    end = judge_failure(load, error)
    one_of_them = isinstance(error, Refused) or (error.call.status == 500 and load.attempts >= TRIES_TOGETHER)
    if one_of_them or end.state == State.NEEDS_YOU:
        _take_apart(load, rows, f"Refused or failed together, so its people go one by one: {said}", made)
        return None if isinstance(error, Refused) else error
    settle([load], {load.pk: End(end.state, end.code, mask_emails(end.reason), end.again_at, end.counts)}, made)
    return error


@transaction.atomic
def _take_apart(load: Delivery, rows: Sequence[Delivery], why: str, made: Made | None = None) -> None:
    if settle([load], {load.pk: End(State.SKIPPED, "taken_apart", why, counts=made is not None)}, made):
        _enqueue_apart(rows)


@transaction.atomic
def _settle_result(load: Delivery, rows: Sequence[Delivery], result: BulkResult) -> None:
    accepted: list[Delivery] = []
    refused: list[Delivery] = []
    for row, outcome in zip(rows, result.rows, strict=True):
        (accepted if outcome.outcome in (Outcome.DELIVERED, Outcome.NO_OP) else refused).append(row)
    made = Made(result.call, notes=notes_of(result), people=len(rows), people_refused=len(refused))
    if settle([load], {load.pk: DELIVERED}, made, {load.pk: {"accepted": accepted}}):
        # They are refused once more, each with their own reason.
        _enqueue_apart(refused)
