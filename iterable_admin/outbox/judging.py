"""What one row's outcome, or a failed call, means for the rows: delivered, skipped, waiting, or needs you."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from iterable_admin.errors import Misconfigured, Temporary
from iterable_admin.iterable.errors import Forbidden, IterableError
from iterable_admin.iterable.outcomes import Outcome, RowOutcome
from iterable_admin.iterable.retry import GiveUp, asked_wait, decide_on
from iterable_admin.outbox.models import Delivery, RefusedRow
from iterable_admin.outbox.settling import End
from iterable_admin.outbox.switching import HALTED, PROBE_EVERY

State = Delivery.State
DELIVERED = End(State.DELIVERED)
# "Not found" for somebody accepted less than ten minutes ago only says that Iterable is still at work on them.
STILL_APPLYING = timedelta(minutes=10)
ASK_AGAIN = timedelta(seconds=15)
AGAIN = (Outcome.RETRYABLE, Outcome.UNKNOWN)
# In calls that went well for others: half an hour of them.
MOST_FAILURES_OF_ONE_ROW = 12

ENDS = {
    Outcome.DELIVERED: DELIVERED,
    Outcome.NO_OP: DELIVERED,
    Outcome.FORGOTTEN: End(State.SKIPPED, "forgotten", "Forgotten in Iterable, which takes nothing more for this person."),
    Outcome.INVALID: End(State.NEEDS_YOU, "permanent", "Iterable refused this row as invalid: mend the data, then retry."),
    Outcome.CONFLICT: End(
        State.NEEDS_YOU, "permanent", "Iterable holds another profile with this identity: mend it there, then retry."
    ),
    Outcome.WRONG_TYPE: End(
        State.NEEDS_YOU, "permanent", "A field has another type in Iterable, which never changes: mend the value, then retry."
    ),
    Outcome.DISALLOWED: End(
        State.NEEDS_YOU, "configuration", "This event name is disallowed in the Iterable project: allow it there, then retry."
    ),
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is asked once for all rows of a call, so that rows alike end alike, in one statement."""

    now: datetime
    just_created: Collection[str] = ()
    """Lanes of people whose profile was accepted so lately that it may not be there yet."""
    failures: Mapping[int, int] = field(default_factory=dict)
    """By delivery: how many calls before this one went well for others and not for it."""


def judge(row: Delivery, outcome: RowOutcome, circumstances: Circumstances) -> End:
    if outcome.outcome == Outcome.NOT_FOUND:
        return _not_found(row, circumstances)
    if outcome.outcome in AGAIN:
        return _again(row, outcome.message or "Iterable counted a failure here without naming it.", circumstances)
    return ENDS[outcome.outcome]


def _not_found(row: Delivery, circumstances: Circumstances) -> End:
    if row.lane in circumstances.just_created:
        # Bounded by the time and not by the tries: ten minutes are more tries than there are.
        again = circumstances.now + ASK_AGAIN
        return End(State.WAITING, "not_found_yet", "Iterable is still applying the new profile.", again, counts=False)
    if row.operation == Delivery.Operation.PROFILE and not row.creates:
        return End(State.SKIPPED, "not_in_iterable", "Iterable does not have this person: the sync updates, it never creates.")
    if row.operation == Delivery.Operation.LIST:
        return End(State.SKIPPED, "not_in_iterable", "Iterable does not have this person, and the call was for those it has.")
    return End(State.NEEDS_YOU, "permanent", "Iterable does not know this person: send a profile first, then retry.")


def _again(row: Delivery, reason: str, circumstances: Circumstances) -> End:
    # Of its present tries: what an operator has sent again starts anew.
    failures = min(row.attempts, circumstances.failures.get(row.pk, 0) + 1)
    if failures >= MOST_FAILURES_OF_ONE_ROW or row.attempts >= settings.DELIVERY_MAX_ATTEMPTS:
        return End(State.NEEDS_YOU, "gave_up", f"Gave up after {row.attempts} attempts: {reason}")
    return End(State.WAITING, "retry", reason, circumstances.now + scaled(2 ** min(failures, 9)))


def failures_of_their_own(rows: Iterable[Delivery]) -> dict[int, int]:
    """By delivery: in how many calls that went well for others it failed. One query."""
    tried = [row.pk for row in rows if row.attempts > 1]
    refusals = RefusedRow.objects.filter(delivery__in=tried, attempt__status__lt=300).order_by()
    return dict(refusals.values_list("delivery").annotate(Count("id")))


def judge_failure(row: Delivery, error: IterableError) -> End:
    """The whole call failed, and nothing of it can be blamed on a neighbour."""
    if isinstance(error, Forbidden):
        return End(State.NEEDS_YOU, "configuration", f"Iterable forbids this to our key: {error}")
    if isinstance(error, Misconfigured):
        return End(State.WAITING, HALTED, f"Sending is halted: {error}", timezone.now() + PROBE_EVERY, counts=False)
    # Every event that leaves here carries an id of ours.
    decision = decide_on(error, _attempts_like(row, error), own_ids=True)
    if isinstance(decision, GiveUp):
        code = "gave_up" if isinstance(error, Temporary) else "permanent"
        return End(State.NEEDS_YOU, "ambiguous" if decision.ambiguous else code, decision.reason)
    if row.attempts >= settings.DELIVERY_MAX_ATTEMPTS:
        return End(State.NEEDS_YOU, "gave_up", f"Gave up after {row.attempts} attempts: {decision.reason}")
    return End(State.WAITING, "retry", decision.reason, timezone.now() + scaled(decision.after, error))


def _attempts_like(row: Delivery, error: IterableError) -> int:
    """A 500 is given up early, and what came before it, such as an outage, does not count for that."""
    if error.call.status != 500:
        return row.attempts
    return min(row.attempts, 1 + RefusedRow.objects.filter(delivery=row, attempt__status=500).count())


def scaled(seconds: float, error: IterableError | None = None) -> timedelta:
    """What Iterable itself asked for is kept to."""
    asked = error is not None and asked_wait(error)
    return timedelta(seconds=seconds if asked else seconds * settings.DELIVERY_RETRY_SCALE)


def judge_failures(rows: Collection[Delivery], error: IterableError) -> dict[int, End]:
    """One decision for all rows with as many attempts: a batch comes back as a batch."""
    by_attempts = {row.attempts: row for row in rows}
    ends = {attempts: judge_failure(row, error) for attempts, row in by_attempts.items()}
    return {row.pk: ends[row.attempts] for row in rows}
