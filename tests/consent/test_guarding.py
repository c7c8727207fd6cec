from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.consent.models import SubscriptionChange
from iterable_admin.addresses import address_key
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, profile_update, subscription, tracked_event, unsubscription
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from iterable_admin.outbox.switching import switch
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import ANN, Post, make_due
from tests.factories import EventFactory, SubscriptionChangeFactory
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import calls, channel_id, events, fail, make_user, open_moments, states, user

pytestmark = pytest.mark.django_db(transaction=True)

CAUSE = Cause("event", "4dc7a9d6-3a4d-4a64-9f0e-6d0d9f0a1c11")
Drain = Callable[[], None]


def withdraw(minutes_ago: int = 5, verdict: str = "withdrawn") -> SubscriptionChange:
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    key = address_key(ANN)
    return SubscriptionChangeFactory.create(address_key=key, verdict=verdict, occurred_at=moment, received_at=moment)


def track() -> Delivery:
    return tracked_event(ANN, "SaaS Trials", {}, CAUSE, id="a-1", created_at=1_700_000_000)


@pytest.mark.parametrize("state", ["received", "processing", "waiting", "needs_you"])
def test_an_unsubscribe_that_is_not_in_the_ledger_yet_holds_its_person(ready: RunningSandbox, state: str) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    event = EventFactory.create(
        door=Event.Door.UNSUBSCRIBE, email=ANN, withdrawal=True, state=state, lease_until=soon, next_attempt_at=soon
    )
    enqueue([profile_update(ANN, {"n": 1}, CAUSE), profile_update("bob@example.com", {"n": 1}, CAUSE)])
    drain_once()
    held, other = Delivery.objects.order_by("pk")
    assert (held.state, held.reason_code, other.state) == ("held", "withdrawal", "delivered")
    assert str(event.uuid) in held.reason
    assert user(ready, ANN) == {}


def test_a_withdrawal_without_an_accepted_opt_out_gets_one_before_anything_else(ready: RunningSandbox) -> None:
    enqueue([profile_update(ANN, {"n": 1}, CAUSE), track()])
    withdraw()
    for _ in range(4):
        drain_once()
        make_due()
    assert {state for _, state, _ in states()} == {"delivered"}
    assert open_moments(ready, ANN) == []
    assert len(events(ready, ANN)) == 1


def test_an_event_alone_gets_the_opt_out_first_too(ready: RunningSandbox) -> None:
    """It may start a journey for somebody whose profile was made in Iterable since we looked."""
    make_user(ready, ANN)
    enqueue([track()])
    withdraw()
    for _ in range(4):
        drain_once()
        make_due()
    paths = [path.split("/")[2] for path, _ in calls(ready)][-3:]
    assert paths == ["subscriptions", "subscriptions", "events"]


def test_an_opt_out_that_was_accepted_is_not_repeated(ready: RunningSandbox) -> None:
    withdraw()
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(ready), CAUSE), profile_update(ANN, {"n": 1}, CAUSE)])
    drain_once()
    drain_once()
    assert [operation for operation, _, _ in states()] == ["unsubscribe", "profile"]


def test_a_grant_that_a_withdrawal_beats_is_dropped_with_words(ready: RunningSandbox) -> None:
    withdraw(minutes_ago=3)
    enqueue([subscription(ANN, CHANNEL, "Marketing Channel", channel_id(ready), CAUSE)])
    drain_once()
    row = Delivery.objects.get(operation="subscribe")
    assert (row.state, row.reason_code) == ("skipped", "withdrawn")
    assert "The person withdrew at" in row.reason


def test_an_opt_out_retried_after_a_newer_grant_is_dropped_with_words(ready: RunningSandbox) -> None:
    fail(ready, "/api/subscriptions", 400)
    withdraw(minutes_ago=3)
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(ready), CAUSE)])
    drain_once()
    withdraw(minutes_ago=1, verdict="granted")
    retry(Delivery.objects.all())
    drain_once()
    assert states() == [("unsubscribe", "skipped", "lifted")]


def test_observing_decides_once_about_somebody_who_withdrew(ready: RunningSandbox) -> None:
    switch("observe", "first week", "tom")
    withdraw()
    enqueue([profile_update(ANN, {"n": 1}, CAUSE)])
    for _ in range(5):
        drain_once()
        make_due()
    assert states() == [("profile", "skipped", "would_send")]


def test_somebody_forgotten_in_iterable_gets_one_opt_out_and_no_more(ready: RunningSandbox) -> None:
    withdraw()
    forgotten = unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(ready), CAUSE)
    forgotten.state, forgotten.reason_code, forgotten.ended_at = "skipped", "forgotten", timezone.now()
    enqueue([forgotten, profile_update(ANN, {"n": 1}, CAUSE)])
    for _ in range(3):
        drain_once()
        make_due()
    assert [operation for operation, _, _ in states()] == ["unsubscribe", "profile"]


def test_the_early_unsubscribe_ends_once_the_person_is_created(
    ready: RunningSandbox, unsubscribe: Post, trial: Post, drain: Drain
) -> None:
    early = unsubscribe()
    drain()
    early.refresh_from_db()
    assert (early.state, early.reason_code) == ("held", "not_in_iterable")
    trial()
    drain()
    early.refresh_from_db()
    assert early.state == "done"
    assert open_moments(ready, ANN) == []
