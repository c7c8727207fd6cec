"""A change of address stands in two lanes: what waits for what, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, change_of_address, enqueue, profile_update, unsubscription
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.settling import End, settle
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import calls_to, make_user, states, user

pytestmark = pytest.mark.django_db(transaction=True)

A, B, C = "a@example.com", "b@example.com", "c@example.com"


def profile(email: str, cause: Cause) -> Delivery:
    return profile_update(email, {"n": 1}, cause)


def opt_out(email: str, cause: Cause) -> Delivery:
    return unsubscription(email, CHANNEL, "Marketing Channel", 1, cause)


def change(old: str, new: str, cause: Cause) -> Delivery:
    return change_of_address(old, new, "7", cause)


def claimed(operation: str) -> list[str]:
    return [row.email for row in claim(operation, 10)]


@pytest.mark.parametrize("email", [A, B])
def test_it_waits_for_everything_before_it_in_both_lanes(cause: Cause, email: str) -> None:
    enqueue([profile(email, cause), change(A, B, cause)])
    assert claimed("change_address") == []
    assert claimed("profile") == [email]
    assert claimed("change_address") == []


@pytest.mark.parametrize("email", [A, B])
def test_everything_behind_it_waits_in_both_lanes(cause: Cause, email: str) -> None:
    enqueue([change(A, B, cause), profile(email, cause), profile(C, cause)])
    assert claimed("profile") == [C]
    assert claimed("change_address") == [B]
    assert claimed("profile") == []


@pytest.mark.parametrize("email", [A, B])
def test_a_withdrawal_of_either_goes_first_whenever_it_came(cause: Cause, email: str) -> None:
    enqueue([change(A, B, cause), opt_out(email, cause)])
    assert claimed("change_address") == []
    assert claimed("unsubscribe") == [email]


@pytest.mark.parametrize("email", [A, B])
def test_nothing_leaves_in_either_lane_until_it_is_applied(cause: Cause, settings: Any, email: str) -> None:
    settings.ITERABLE_SETTLE_SECONDS = 60
    enqueue([change(A, B, cause)])
    rows = claim("change_address", 1)
    enqueue([opt_out(email, cause), profile(email, cause)])
    assert claimed("unsubscribe") == []
    settle(rows, {rows[0].pk: End(Delivery.State.DELIVERED)})
    assert states()[0] == ("change_address", "settling", "")
    assert claimed("unsubscribe") == []
    Delivery.objects.filter(pk=rows[0].pk).update(state="delivered")
    assert claimed("unsubscribe") == [email]


def test_updates_around_it_do_not_travel_together(cause: Cause) -> None:
    enqueue([profile(A, cause), change(A, B, cause), profile(A, cause)])
    assert claimed("profile") == [A]


@pytest.mark.parametrize("pair", [(B, C), (A, C), (B, A)])
def test_changes_of_one_person_go_one_after_the_other(cause: Cause, pair: tuple[str, str]) -> None:
    enqueue([change(A, B, cause), change(*pair, cause)])
    assert claimed("change_address") == [B]
    assert claimed("change_address") == []


def test_a_stuck_withdrawal_of_the_old_address_holds_it(cause: Cause) -> None:
    stuck = opt_out(A, cause)
    stuck.state = Delivery.State.NEEDS_YOU
    enqueue([stuck, change(A, B, Cause("address", "1"))])
    assert claimed("change_address") == []


def test_one_that_a_dead_worker_left_is_taken_again(sandbox: RunningSandbox, cause: Cause) -> None:
    make_user(sandbox, A)
    enqueue([change(A, B, cause)])
    claim("change_address", 1)
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    drain_once()
    assert states() == [("change_address", "delivered", "")]
    assert user(sandbox, A) == {}
    assert user(sandbox, B)["user"]["email"] == B


def test_both_addresses_have_to_be_on_the_allow_list(
    sandbox: RunningSandbox, cause: Cause, settings: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("iterable_admin.outbox.departing.is_loopback", lambda _: False)
    settings.SENDING_ALLOW_LIST = [B]
    make_user(sandbox, A)
    enqueue([change(A, B, cause)])
    drain_once()
    assert states() == [("change_address", "skipped", "not_allowed")]
    assert calls_to(sandbox, "/api/users/updateEmail") == []


def test_while_observing_it_is_decided_and_not_sent(sandbox: RunningSandbox, cause: Cause, settings: Any) -> None:
    settings.SENDING = "observe"
    make_user(sandbox, A)
    enqueue([change(A, B, cause)])
    drain_once()
    assert states() == [("change_address", "skipped", "would_send")]
    assert calls_to(sandbox, "/api/users/updateEmail") == []
