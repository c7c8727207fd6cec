from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from iterable_admin.outbox.draining import drain, seconds_to_next
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, look_up, profile_update, unsubscription
from iterable_admin.outbox.models import Attempt, Delivery, SendingSwitch
from iterable_admin.outbox.switching import switch
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import channel_id, states

pytestmark = pytest.mark.django_db(transaction=True)

ANN, BOB = "ann@example.com", "bob@example.com"


def test_while_observing_only_look_ups_leave(sandbox: RunningSandbox, cause: Cause) -> None:
    switch("observe", "first week", "tom")
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(sandbox), cause), profile_update(BOB, {"n": 1}, cause)])
    enqueue([look_up("carol@example.com", cause)])
    drain_once()
    assert states() == [
        ("unsubscribe", "skipped", "would_send"),
        ("profile", "skipped", "would_send"),
        ("look_up", "delivered", ""),
    ]
    assert Attempt.objects.get().endpoint == "/api/users/getByEmail"


def test_while_paused_only_withdrawals_leave(sandbox: RunningSandbox, cause: Cause) -> None:
    switch("paused", "incident", "tom")
    enqueue([profile_update(BOB, {"n": 1}, cause), unsubscription(ANN, CHANNEL, "Marketing Channel", channel_id(sandbox), cause)])
    drain_once()
    assert states() == [("profile", "ready", ""), ("unsubscribe", "delivered", "")]


def test_the_environment_may_be_stricter_than_the_operator(sandbox: RunningSandbox, cause: Cause, settings: Any) -> None:
    settings.SENDING = "observe"
    switch("live", "go", "tom")
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    drain_once()
    assert states() == [("profile", "skipped", "would_send")]


@pytest.mark.parametrize(("allowed", "state"), [([ANN], "delivered"), (["@example.com"], "delivered"), ([BOB], "skipped")])
def test_outside_production_an_allow_list_counts(
    sandbox: RunningSandbox, cause: Cause, settings: Any, allowed: list[str], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iterable_admin.outbox.departing.is_loopback", lambda _: False)
    settings.SENDING_ALLOW_LIST = allowed
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    drain_once()
    assert Delivery.objects.get().state == state


def test_nobody_keeps_asking_for_what_a_pause_holds_back(sandbox: RunningSandbox, cause: Cause) -> None:
    switch("paused", "incident", "tom")
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    assert seconds_to_next(timedelta(seconds=60)) is None


def test_nobody_keeps_asking_while_sending_is_halted(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update(ANN, {"n": 1}, cause)])
    SendingSwitch.objects.update_or_create(
        pk=1, defaults={"halted_at": timezone.now(), "halt_probe_at": timezone.now() + timedelta(seconds=40)}
    )
    assert 30 < (seconds_to_next(timedelta(seconds=60)) or 0) <= 40


def test_nobody_keeps_asking_for_what_a_stuck_withdrawal_holds_back(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([unsubscription(ANN, CHANNEL, "Marketing Channel", None, cause), profile_update(ANN, {"n": 1}, cause)])
    past = timezone.now() - timedelta(minutes=1)
    Delivery.objects.filter(operation="profile").update(state="held", reason_code="withdrawal", next_attempt_at=past)
    began = time.monotonic()
    drain(8)
    assert time.monotonic() - began < 4
