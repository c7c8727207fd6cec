from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import LazySettings
from django.utils import timezone

from contacts.presence import presence_of
from iterable_admin.outbox import draining
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, look_up, profile_update, tracked_event, unsubscription
from iterable_admin.outbox.limits import pause_endpoint
from iterable_admin.outbox.models import Attempt, Delivery, SendingSwitch
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import calls, channel_id, events, faults, states, user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_profile_and_its_event_arrive_in_this_order(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue(
        [
            profile_update("ann@example.com", {"firstName": "Ann"}, cause),
            tracked_event("ann@example.com", "SaaS Trials", {"state": "OR"}, cause, id="a-1", created_at=1_700_000_000),
        ]
    )
    drain_once()
    assert states() == [("profile", "delivered", ""), ("track", "delivered", "")]
    assert user(sandbox, "ann@example.com")["user"]["dataFields"]["firstName"] == "Ann"
    assert [(event["eventName"], event["dataFields"]["state"]) for event in events(sandbox, "ann@example.com")] == [
        ("SaaS Trials", "OR")
    ]


def test_many_people_travel_in_one_call_each_with_an_outcome(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(50)])
    drain_once()
    attempt = Attempt.objects.get()
    assert (attempt.endpoint, attempt.rows, attempt.accepted, attempt.refused) == ("/api/users/bulkUpdate", 50, 50, 0)
    assert Delivery.objects.filter(state="delivered", last_attempt=attempt).count() == 50


def test_profile_updates_of_one_person_merge_into_one_row_of_the_call(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update("ann@example.com", {"a": 1, "b": 1}, cause), profile_update("ann@example.com", {"b": 2}, cause)])
    drain_once()
    assert [state for _, state, _ in states()] == ["delivered", "delivered"]
    fields = user(sandbox, "ann@example.com")["user"]["dataFields"]
    assert (fields["a"], fields["b"]) == (1, 2)
    assert Attempt.objects.count() == 1


def test_one_value_of_the_wrong_type_does_not_sink_the_others(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update("first@example.com", {"seats": 1}, cause)])
    drain_once()
    enqueue([profile_update(f"p{n}@example.com", {"seats": "many" if n == 3 else n}, cause) for n in range(8)])
    drain_once()
    refused = Delivery.objects.get(state="needs_you")
    assert (refused.email, refused.reason_code) == ("p3@example.com", "permanent")
    assert Delivery.objects.filter(state="delivered").count() == 8
    assert [row.outcome for row in refused.refusals.all()] == ["wrong_type"]


def test_an_invalid_address_needs_somebody_and_its_neighbours_are_delivered(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update(email, {"n": 1}, cause) for email in ("ann@example.com", "bob@example")])
    drain_once()
    assert [state for _, state, _ in states()] == ["delivered", "needs_you"]


def test_a_row_that_waits_holds_back_later_rows_of_its_person_alone(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 503, "times": 1}])
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    drain_once()
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    enqueue(
        [
            tracked_event("ann@example.com", "SaaS Trials", {}, cause, id="a-1", created_at=1_700_000_000),
            profile_update("bob@example.com", {"n": 1}, cause),
        ]
    )
    drain_once()
    assert states() == [("profile", "waiting", "retry"), ("track", "ready", ""), ("profile", "delivered", "")]
    assert events(sandbox, "ann@example.com") == []


def test_withdrawals_leave_first(sandbox: RunningSandbox, cause: Cause) -> None:
    channel = channel_id(sandbox)
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    enqueue([unsubscription("ann@example.com", CHANNEL, "Marketing Channel", channel, cause)])
    drain_once()
    assert [path.split("/")[2] for path, _ in calls(sandbox)] == ["channels", "subscriptions", "users"]


def test_a_stuck_withdrawal_holds_its_person_and_says_so(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, fail_next=[{"path": "/api/subscriptions", "status": 400, "times": 1}])
    enqueue([unsubscription("ann@example.com", CHANNEL, "Marketing Channel", channel_id(sandbox), cause)])
    enqueue([profile_update("ann@example.com", {"n": 1}, cause), profile_update("bob@example.com", {"n": 1}, cause)])
    drain_once()
    drain_once()
    withdrawal, held, other = Delivery.objects.order_by("id")
    assert (withdrawal.state, held.state, other.state) == ("needs_you", "held", "delivered")
    assert held.held_for == withdrawal
    assert user(sandbox, "ann@example.com") == {}


def test_a_look_up_tells_whether_iterable_has_the_person(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    drain_once()
    ann, bob = enqueue([look_up("ann@example.com", cause), look_up("bob@example.com", cause)])
    drain_once()
    assert presence_of([ann.lane, bob.lane]) == {ann.lane: True, bob.lane: False}


def test_a_refused_key_halts_all_sending_and_one_good_call_resumes_it(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 401, "times": 1}])
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    drain_once()
    assert SendingSwitch.objects.get().halted_at is not None
    assert drain_once() == 0
    SendingSwitch.objects.update(halt_probe_at=None)
    Delivery.objects.update(next_attempt_at=None, state="ready")
    drain_once()
    assert SendingSwitch.objects.get().halted_at is None
    assert states() == [("profile", "delivered", "")]


def test_where_the_subscriptions_family_is_off_the_lists_are_rewritten(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, subscriptions_family=False)
    channel = channel_id(sandbox)
    enqueue([unsubscription("ann@example.com", CHANNEL, "Marketing Channel", channel, cause)])
    drain_once()
    assert states() == [("unsubscribe", "delivered", "")]
    assert user(sandbox, "ann@example.com")["user"]["dataFields"]["unsubscribedChannelIds"] == [channel]
    assert list(Attempt.objects.order_by("id").values_list("endpoint", "status", "refused")) == [
        ("/api/subscriptions/{group}/{id}/user/{email}", 404, 1),
        ("/api/users/getByEmail", 200, 0),
        ("/api/users/updateSubscriptions", 200, 0),
    ]


def test_only_the_first_creation_of_a_person_is_waited_for(sandbox: RunningSandbox, cause: Cause, settings: LazySettings) -> None:
    settings.ITERABLE_SETTLE_SECONDS = 60
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    drain_once()
    assert states() == [("profile", "settling", "")]
    Delivery.objects.update(settles_at=timezone.now())
    drain_once()
    enqueue([profile_update("ann@example.com", {"n": 2}, cause)])
    drain_once()
    assert states() == [("profile", "delivered", ""), ("profile", "delivered", "")]


@pytest.mark.usefixtures("sandbox")
def test_a_sender_without_a_turn_sleeps_and_asks_nothing_meanwhile(cause: Cause, monkeypatch: pytest.MonkeyPatch) -> None:
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    pause_endpoint("/api/users/bulkUpdate", 60)
    slept: list[float] = []
    monkeypatch.setattr(draining, "time", SimpleNamespace(monotonic=time.monotonic, sleep=slept.append))
    monkeypatch.setattr(draining, "seconds_to_next", lambda linger: pytest.fail("it knows when its turn is"))
    assert draining.drain(may_linger=iter([True, True, False]).__next__) == 0
    assert (slept, states()) == ([0.25, 0.25], [("profile", "ready", "")])
