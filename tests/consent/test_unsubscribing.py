from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contacts.consent.learning import learn_ids
from contacts.consent.matrix import matrix
from contacts.consent.models import SubscriptionChange
from contacts.intake.reconsidering import reconsider_observed
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.switching import switch
from iterable_admin.sandbox import RunningSandbox
from tests.consent.conftest import ANN, Post, end_of, make_due
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import channel_id, events, fail, make_user, states, user

pytestmark = pytest.mark.django_db(transaction=True)

Drain = Callable[[], None]


def closed(sandbox: RunningSandbox, email: str = ANN) -> bool:
    return channel_id(sandbox) in user(sandbox, email)["user"]["dataFields"].get("unsubscribedChannelIds", [])


def test_somebody_unknown_to_us_is_opted_out_in_iterable(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    make_user(ready, ANN)
    event = unsubscribe()
    drain()
    assert end_of(event) == ("done", "")
    assert closed(ready)


def test_somebody_absent_is_held_with_words_and_not_created(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    event = unsubscribe()
    drain()
    assert end_of(event) == ("held", "not_in_iterable")
    assert user(ready, ANN) == {}


def test_unsubscribe_resubscribe_unsubscribe_ends_unsubscribed(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    make_user(ready, ANN)
    for minutes, unsubscribed in ((0, True), (1, False), (2, True)):
        unsubscribe(minutes, unsubscribed=unsubscribed)
    drain()
    assert closed(ready)


def test_a_newer_resubscribe_opens_the_channel_again(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    make_user(ready, ANN)
    unsubscribe(0)
    drain()
    unsubscribe(1, unsubscribed=False)
    drain()
    assert not closed(ready)


def test_an_older_withdrawal_that_comes_late_leaves_the_newer_grant_standing(
    ready: RunningSandbox, unsubscribe: Post, drain: Drain
) -> None:
    make_user(ready, ANN)
    unsubscribe(5, unsubscribed=False)
    drain()
    late = unsubscribe(1)
    drain()
    assert end_of(late) == ("skipped", "grant_stands")
    assert not closed(ready)
    assert SubscriptionChange.objects.filter(verdict="withdrawn").count() == 1


def test_a_grant_ends_the_withdrawal_that_waited_for_its_person(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    waiting = unsubscribe(0)
    drain()
    unsubscribe(1, unsubscribed=False)
    drain()
    assert end_of(waiting) == ("skipped", "grant_stands")


def test_a_look_up_that_may_not_leave_ends_its_event_with_the_reason(
    ready: RunningSandbox, unsubscribe: Post, drain: Drain, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iterable_admin.outbox.departing.is_loopback", lambda _: False)
    settings.SENDING_ALLOW_LIST = []
    event = unsubscribe()
    drain()
    assert end_of(event) == ("skipped", "not_asked")
    assert "SENDING_ALLOW_LIST" in event.reason


def test_a_look_up_that_gave_up_goes_on_when_it_is_retried(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    from iterable_admin.outbox.retrying import retry

    make_user(ready, ANN)
    fail(ready, "/api/users/getByEmail", 400)
    event = unsubscribe()
    drain()
    assert (end_of(event), states()) == (("held", "looking_up"), [("look_up", "needs_you", "permanent")])
    retry(Delivery.objects.all())
    drain()
    assert end_of(event) == ("done", "")
    assert closed(ready)


def test_what_was_only_observed_is_applied_once_the_switch_is_live(
    ready: RunningSandbox, unsubscribe: Post, drain: Drain
) -> None:
    make_user(ready, ANN)
    switch("observe", "first week", "tom")
    unsubscribe()
    drain()
    assert (reconsider_observed(), closed(ready)) == (0, False)
    switch("live", "go", "tom")
    assert reconsider_observed() == 1
    drain()
    assert closed(ready)
    assert reconsider_observed() == 0


def test_what_was_observed_and_lifted_since_is_left_alone(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    make_user(ready, ANN)
    switch("observe", "first week", "tom")
    unsubscribe(0)
    unsubscribe(1, unsubscribed=False)
    drain()
    switch("live", "go", "tom")
    reconsider_observed()
    drain()
    assert not closed(ready)


def test_a_withdrawal_waits_for_the_ids_and_goes_on_once_they_are_learnt(
    sandbox: RunningSandbox, seeded: None, unsubscribe: Post, trial: Post, drain: Drain
) -> None:
    make_user(sandbox, ANN)
    unsubscribe()
    trial()
    drain()
    stuck = Delivery.objects.filter(operation="unsubscribe")
    assert set(stuck.values_list("state", "reason_code")) == {("needs_you", "configuration")}
    assert set(Delivery.objects.filter(withdrawal=False).values_list("state", flat=True)) == {"held"}
    assert any("go on" in line for line in learn_ids())
    drain()
    assert {state for _, state, _ in states()} == {"delivered"}
    assert closed(sandbox)


def test_nothing_beside_the_channel_lets_the_event_end(
    ready: RunningSandbox, unsubscribe: Post, trial: Post, drain: Drain
) -> None:
    event = unsubscribe()
    drain()
    fail(ready, "/api/subscriptions/messageChannel", 400)
    trial()
    for _ in range(3):
        drain_once()
        make_due()
    drain()
    assert end_of(event) == ("held", "not_in_iterable")
    assert (user(ready, ANN), events(ready, ANN)) == ({}, [])


def test_one_sentence_says_where_each_type_stands(ready: RunningSandbox, unsubscribe: Post, drain: Drain) -> None:
    make_user(ready, ANN)
    before = {line.message_type.name: line.state for line in matrix(address_key(ANN))}
    unsubscribe()
    drain()
    after = {line.message_type.name: line for line in matrix(address_key(ANN))}
    assert before["GitLab Marketing"] == "never_asked"
    assert (after["GitLab Marketing"].state, after["Transactional"].state) == ("withdrawn", "not_marketing")
    assert after["GitLab Marketing"].sentence.endswith("Iterable has accepted the opt-out.")
    assert "must not be used" in after["Marketing Message"].sentence
