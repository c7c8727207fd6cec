from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.enqueueing import CHANNEL, MESSAGE_TYPE, Cause, enqueue, profile_update, unsubscription
from iterable_admin.outbox.judging import DELIVERED
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from iterable_admin.outbox.settling import End, mend_holds, settle
from iterable_admin.outbox.switching import Mode
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import channel_id, fail, states, user

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    settings.ITERABLE_SETTLE_SECONDS = 0


def kill_worker() -> None:
    Delivery.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))


def test_what_a_dead_worker_left_is_taken_while_new_work_keeps_coming(cause: Cause) -> None:
    (left,) = enqueue([profile_update(ANN, {"n": 1}, cause)])
    claim("profile", 10)
    kill_worker()
    taken: set[int] = set()
    for number in range(3):
        enqueue([profile_update(f"p{number}@example.com", {"n": 1}, cause)])
        taken |= {row.pk for row in claim("profile", 10)}
    assert left.pk in taken


def test_who_lost_the_lease_settles_nothing(cause: Cause) -> None:
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    late = claim("profile", 10)
    kill_worker()
    twin = claim("profile", 10)
    assert settle(late, {late[0].pk: End(Delivery.State.NEEDS_YOU, "permanent")}) == 0
    assert settle(twin, {twin[0].pk: End(Delivery.State.DELIVERED)}) == 1
    assert states() == [("profile", "delivered", "")]


def test_a_row_that_kills_each_worker_ends_with_somebody_and_its_neighbours_are_sent(
    sandbox: RunningSandbox, cause: Cause
) -> None:
    rows = enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(30)])
    poison = rows[17]
    for _ in range(60):
        leaving = let_go(claim("profile", 1_000), Mode.LIVE)
        if poison in leaving:
            kill_worker()
        elif leaving:
            settle(leaving, {row.pk: DELIVERED for row in leaving})
    assert Delivery.objects.filter(state="delivered").count() == 29
    poison.refresh_from_db()
    assert (poison.state, poison.reason_code, poison.attempts) == ("needs_you", "gave_up", 11)


def test_what_waited_through_an_outage_is_not_blamed_for_the_death_of_a_worker(sandbox: RunningSandbox, cause: Cause) -> None:
    rows = enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(30)])
    Delivery.objects.update(attempts=60)
    claim("profile", 1_000)
    kill_worker()
    assert len(let_go(claim("profile", 1_000), Mode.LIVE)) == len(rows)


def test_the_type_waits_while_the_channel_of_the_same_withdrawal_needs_somebody(sandbox: RunningSandbox, cause: Cause) -> None:
    """It would create the person with the channel open."""
    channel = channel_id(sandbox)
    fail(sandbox, "/api/subscriptions/messageChannel", 400)
    enqueue(
        [
            unsubscription(ANN, CHANNEL, "Marketing Channel", channel, cause),
            unsubscription(ANN, MESSAGE_TYPE, "GitLab Marketing", 1, cause),
        ]
    )
    drain_once()
    assert [state for _, state, _ in states()] == ["needs_you", "ready"]
    assert user(sandbox, ANN) == {}


def test_a_new_withdrawal_leaves_though_an_older_one_needs_somebody(sandbox: RunningSandbox, cause: Cause) -> None:
    channel = channel_id(sandbox)
    fail(sandbox, "/api/subscriptions/messageChannel", 400)
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel, cause)])
    drain_once()
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel, Cause("event", "another"))])
    drain_once()
    assert [state for _, state, _ in states()] == ["needs_you", "delivered"]


def test_a_withdrawal_that_needed_somebody_is_retried_and_lets_its_person_go(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, "/api/subscriptions", 400)
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(sandbox), cause), profile_update(ANN, {"n": 1}, cause)])
    drain_once()
    drain_once()
    assert [state for _, state, _ in states()] == ["needs_you", "held"]
    assert retry(Delivery.objects.filter(withdrawal=True)) == 1
    drain_once()
    assert [state for _, state, _ in states()] == ["delivered", "delivered"]


def test_rows_held_for_a_withdrawal_that_has_ended_meanwhile_are_let_go(sandbox: RunningSandbox, cause: Cause) -> None:
    """A sweep on another machine may hold them just as the withdrawal ends."""
    withdrawal, row = enqueue(
        [unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(sandbox), cause), profile_update(ANN, {"n": 1}, cause)]
    )
    Delivery.objects.filter(pk=withdrawal.pk).update(state="delivered", ended_at=timezone.now())
    Delivery.objects.filter(pk=row.pk).update(state="held", held_for=withdrawal)
    mend_holds()
    drain_once()
    assert [state for _, state, _ in states()] == ["delivered", "delivered"]


def test_rows_held_for_a_withdrawal_that_was_purged_are_let_go(sandbox: RunningSandbox, cause: Cause) -> None:
    (row,) = enqueue([profile_update(ANN, {"n": 1}, cause)])
    Delivery.objects.filter(pk=row.pk).update(state="held", reason_code="withdrawal", held_for=None, next_attempt_at=None)
    drain_once()
    assert states() == [("profile", "delivered", "")]
