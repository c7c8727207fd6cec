"""End rows by what came of them: compare-and-set on the lease, with the Attempt, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from iterable_admin.iterable.calls import Call
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from iterable_admin.outbox.noticing import take_notice
from iterable_admin.outbox.registry import Settled, tell_settlers

State = Delivery.State


@dataclass(frozen=True, slots=True)
class End:
    """Where a row goes. `again_at`: when a waiting or held row is looked at again. `counts`: whether it used up a try.

    `company`: how many rows at most share its next call, if that changes.
    """

    state: State
    code: str = ""
    reason: str = ""
    again_at: datetime | None = None
    counts: bool = True
    company: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The HTTP call behind the ends; `refused` are the outcomes by delivery, for those it did not deliver."""

    call: Call
    error: str = ""
    notes: dict[str, Any] = field(default_factory=dict)
    refused: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    people: int = 0
    """Where one delivery carried many: how many, and how many of them were refused."""
    people_refused: int = 0


def settle(
    rows: Sequence[Delivery],
    ends: Mapping[int, End],
    made: Made | Mapping[int, Made] | None = None,
    results: Mapping[int, Mapping[str, Any]] | None = None,
) -> int:
    """End rows after one call for all of them, a call for each (by delivery), or none.

    Returns how many rows were still ours; the others were taken over after our lease ran out, and stay untouched.
    """
    with transaction.atomic():
        mine = _still_mine(rows)
        attempts = _record(made, mine) if made and mine else {}
        by_end: defaultdict[tuple[End, Attempt | None], list[Delivery]] = defaultdict(list)
        for row in mine:
            by_end[ends[row.pk], attempts.get(row.pk) if isinstance(made, Made) else None].append(row)
        for (end, attempt), alike in by_end.items():
            _apply(end, alike, attempt)
        if not isinstance(made, Made):
            _note_attempts(mine, attempts)
        _hold_behind([row for row in mine if row.withdrawal and row.state in (State.WAITING, State.NEEDS_YOU)])
        _release_behind([row for row in mine if row.withdrawal and row.state in (*Delivery.ENDED, State.SETTLING)])
        tell_settlers([Settled(row, (results or {}).get(row.pk, {})) for row in mine])
    return len(mine)


def _still_mine(rows: Sequence[Delivery]) -> list[Delivery]:
    owner = rows[0].lease_owner
    held = Delivery.objects.filter(pk__in=[row.pk for row in rows], lease_owner=owner, state=State.SENDING)
    mine = set(held.select_for_update().values_list("pk", flat=True))
    return [row for row in rows if row.pk in mine]


def _record(made: Made | Mapping[int, Made], rows: Sequence[Delivery]) -> dict[int, Attempt]:
    """The attempt of each row."""
    if isinstance(made, Made):
        attempt = _attempt(made, rows)
        attempts = {row.pk: attempt for row in rows}
        Attempt.objects.bulk_create([attempt])
        take_notice(attempt)
        _record_refusals(made, attempts)
        return attempts
    attempts = {row.pk: _attempt(made[row.pk], [row]) for row in rows}
    Attempt.objects.bulk_create(attempts.values())
    for row in rows:
        _record_refusals(made[row.pk], attempts)
    return attempts


def note_call(made: Made, rows: Sequence[Delivery]) -> Attempt:
    """A call that decides nothing yet: it led up to the row's own, or was refused whole before its rows go again in parts."""
    attempt = _attempt(made, rows)
    attempt.save()
    return attempt


def note_steps(row: Delivery, steps: Iterable[Made]) -> None:
    """Calls that led up to a row's own one, with what they refused, whatever becomes of the row."""
    for made in steps:
        _record_refusals(made, {row.pk: note_call(made, [row])})


def _attempt(made: Made, rows: Sequence[Delivery]) -> Attempt:
    call = made.call
    carried = made.people or len(rows)
    refused = made.people_refused if made.people else sum(row.pk in made.refused for row in rows)
    return Attempt(
        endpoint=call.endpoint,
        method=call.method,
        status=call.status,
        request_id=call.request_id[:64],
        started_at=call.started_at,
        duration=call.duration,
        rows=carried,
        accepted=carried - refused,
        refused=refused,
        error=made.error,
        # The answer is worth keeping where it refused something; a success says nothing that the counts do not.
        excerpt=call.excerpt if refused and not made.people else "",
        notes=made.notes,
    )


def _record_refusals(made: Made, attempts: Mapping[int, Attempt]) -> None:
    RefusedRow.objects.bulk_create(
        RefusedRow(attempt=attempts[pk], delivery_id=pk, outcome=outcome, message=message)
        for pk, (outcome, message) in made.refused.items()
        if pk in attempts
    )


def _note_attempts(rows: Sequence[Delivery], attempts: Mapping[int, Attempt]) -> None:
    for row in rows:
        row.last_attempt = attempts.get(row.pk, row.last_attempt)
    if attempts:
        Delivery.objects.bulk_update(rows, ["last_attempt"])


def _apply(end: End, rows: Sequence[Delivery], attempt: Attempt | None) -> None:
    now = timezone.now()
    # What creates a profile is applied by Iterable a while after it was accepted; what follows waits for that.
    settles = end.state == State.DELIVERED and settings.ITERABLE_SETTLE_SECONDS > 0
    late = _first_creations(rows) if settles else set()
    for group, state in (
        ([row for row in rows if row.pk in late], State.SETTLING),
        ([row for row in rows if row.pk not in late], end.state),
    ):
        if group:
            _update(group, state, end, attempt, now)


def _first_creations(rows: Sequence[Delivery]) -> set[int]:
    """Those that may create the person, of whom nothing of the kind has been applied before.

    A change of address always: what was sent for the new one too early would create a second profile.
    """
    creating = [row for row in rows if row.creates]
    lanes = {row.lane for row in creating}
    accepted = Delivery.objects.filter(lane__in=lanes, creates=True, accepted_at__isnull=False).order_by()
    # Asked for the state by the database, SQLite would go through everything that was ever delivered.
    known = {lane for lane, state in accepted.values_list("lane", "state") if state == State.DELIVERED}
    return {row.pk for row in creating if row.lane not in known or row.operation == Delivery.Operation.CHANGE_ADDRESS}


def _update(rows: Sequence[Delivery], state: State, end: End, attempt: Attempt | None, now: datetime) -> None:
    changes: dict[str, Any] = {
        "state": state,
        "reason_code": end.code,
        "reason": end.reason,
        "next_attempt_at": end.again_at,
        "lease_owner": None,
        "lease_until": None,
        "held_for": None,
    }
    if end.company is not None:
        changes["company"] = end.company
    if attempt:
        changes["last_attempt"] = attempt
    if end.state == State.DELIVERED:
        changes["accepted_at"] = now
    if state == State.SETTLING:
        changes["settles_at"] = now + timedelta(seconds=settings.ITERABLE_SETTLE_SECONDS)
    if state in Delivery.ENDED:
        changes["ended_at"] = now
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)
        row.attempts -= not end.counts
    if not end.counts:
        changes["attempts"] = F("attempts") - 1
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def _hold_behind(withdrawals: Sequence[Delivery]) -> None:
    """Rows that wait for a withdrawal say so, and which one it is."""
    for withdrawal in withdrawals:
        waits = f"Waits for withdrawal {withdrawal.pk} ({withdrawal.get_state_display()}): nobody who withdrew may be mailed."
        theirs = Q(lane=withdrawal.lane) | Q(joined_lane=withdrawal.lane)
        Delivery.objects.open().filter(theirs, withdrawal=False, state__in=(State.READY, State.WAITING)).update(
            state=State.HELD, held_for=withdrawal, reason_code="withdrawal", reason=waits, next_attempt_at=None
        )


def _release_behind(withdrawals: Sequence[Delivery]) -> None:
    if withdrawals:
        _release(Delivery.objects.filter(held_for__in=[row.pk for row in withdrawals], state=State.HELD))


def _release(held: QuerySet[Delivery]) -> None:
    held.update(state=State.READY, held_for=None, reason_code="", reason="", next_attempt_at=None)


def apply_settled() -> int:
    """Rows whose settling time is over count as applied."""
    now = timezone.now()
    return Delivery.objects.filter(state=State.SETTLING, settles_at__lte=now).update(state=State.DELIVERED, ended_at=now)


def mend_holds() -> None:
    """The sweep: what is held, and what it is held for, may have been settled by two workers at the same moment."""
    _release_behind_ended()
    _hold_behind_stuck()


def _release_behind_ended() -> None:
    """Rows without a time of their own, whose withdrawal has ended or is no longer there."""
    pending = (State.READY, State.SENDING, State.WAITING, State.HELD, State.NEEDS_YOU)
    held = Delivery.objects.open().filter(state=State.HELD, next_attempt_at=None)
    _release(held.exclude(held_for__state__in=pending))


def _hold_behind_stuck() -> None:
    """Rows that were enqueued behind a withdrawal that already waits or needs somebody."""
    stuck = Delivery.objects.filter(withdrawal=True, state__in=(State.WAITING, State.NEEDS_YOU))
    _hold_behind(list(stuck.filter(lane__in=Delivery.objects.filter(withdrawal=False, state=State.READY).values("lane"))[:500]))
