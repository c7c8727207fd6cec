"""A refused key stops every call of every process at once; one good call sets them going again."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.consent.learning import learn_ids
from iterable_admin.iterable.errors import Forbidden, Unauthorised
from iterable_admin.outbox import draining, single_sending
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, look_up, profile_update
from iterable_admin.outbox.models import Attempt, Delivery, SendingSwitch
from iterable_admin.outbox.switching import halt, switch
from iterable_admin.outbox.turns import Halted, SharedTurns, trying_the_key
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import calls, fail, states

pytestmark = pytest.mark.django_db(transaction=True)

PROFILES, FIELDS = "/api/users/bulkUpdate", "/api/users/getFields"


def api_calls(sandbox: RunningSandbox) -> list[tuple[str, int]]:
    return [(path, status) for path, status in calls(sandbox) if path.startswith("/api/")]


def let_the_probe_be_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    SendingSwitch.objects.update(halt_probe_at=past)
    Delivery.objects.filter(state="waiting").update(next_attempt_at=past)


def test_of_two_drains_neither_calls_after_a_401_and_one_good_call_sets_both_going(
    sandbox: RunningSandbox, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second drain runs in the middle of the first one's pass: after its look-ups, before its profiles."""
    fail(sandbox, PROFILES, 401, times=1)
    enqueue([look_up("ann@example.com", cause), profile_update("bob@example.com", {"n": 1}, cause)])
    began: list[int] = []

    def other_drain_first(row: Any, mode: Any) -> Any:
        if not began and row and row[0].operation == "look_up":
            began.append(1)
            drain_once()
        return let_go(row, mode)

    monkeypatch.setattr(draining, "let_go", other_drain_first)
    enqueue([profile_update("carol@example.com", {"n": 1}, cause)])
    drain_once()
    assert [call for call in api_calls(sandbox) if call[0] == PROFILES] == [(PROFILES, 401)]
    switch = SendingSwitch.objects.get()
    assert switch.halted_at is not None
    assert "Check ITERABLE_API_KEY" in switch.halted_because
    drain_once()
    assert len([call for call in api_calls(sandbox) if call[0] == PROFILES]) == 1
    let_the_probe_be_due()
    drain_once()
    drain_once()
    assert SendingSwitch.objects.get().halted_at is None
    assert {state for _, state, _ in states()} == {"delivered"}


def test_a_read_that_is_refused_halts_sending_too(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, FIELDS, 401)
    with pytest.raises(Unauthorised):
        connect().users.fields()
    enqueue([profile_update("bob@example.com", {"n": 1}, cause)])
    drain(5, linger=timedelta(0))
    assert api_calls(sandbox) == [(FIELDS, 401)]
    assert states() == [("profile", "ready", "")]


def test_while_halted_no_read_leaves_before_its_time(sandbox: RunningSandbox) -> None:
    fail(sandbox, FIELDS, 401)
    with pytest.raises(Unauthorised):
        connect().users.fields()
    with pytest.raises(Halted, match="while sending is halted: 401"):
        connect().users.fields()
    assert api_calls(sandbox) == [(FIELDS, 401)]
    assert SendingSwitch.objects.get().halted_at is not None
    let_the_probe_be_due()
    connect().users.fields()
    assert SendingSwitch.objects.get().halted_at is None


def test_an_operator_who_asks_the_doctor_need_not_wait(sandbox: RunningSandbox) -> None:
    fail(sandbox, FIELDS, 401)
    with pytest.raises(Unauthorised):
        connect().users.fields()
    with trying_the_key():
        learn_ids()
    assert SendingSwitch.objects.get().halted_at is None


def test_a_row_that_never_left_says_nothing_of_the_key(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, FIELDS, 401)
    with pytest.raises(Unauthorised):
        connect().users.fields()
    let_the_probe_be_due()
    enqueue([profile_update("bob@example.com", {"text": "x" * 4_000_001}, cause)])
    drain_once()
    assert states() == [("profile", "needs_you", "permanent")]
    assert SendingSwitch.objects.get().halted_at is not None
    assert api_calls(sandbox) == [(FIELDS, 401)]


def test_a_403_parks_its_rows_and_halts_nothing_else(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, PROFILES, 403)
    enqueue([profile_update("bob@example.com", {"n": 1}, cause), look_up("ann@example.com", cause)])
    drain_once()
    assert states() == [("profile", "needs_you", "configuration"), ("look_up", "delivered", "")]
    assert SendingSwitch.objects.get().halted_at is None
    assert list(Attempt.objects.filter(endpoint=PROFILES).values_list("status", flat=True)) == [403]
    fail(sandbox, FIELDS, 403)
    with pytest.raises(Forbidden):
        connect().users.fields()
    assert SendingSwitch.objects.get().halted_at is None


def test_what_waited_for_the_key_is_due_as_soon_as_the_key_is_taken(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, PROFILES, 401)
    enqueue([profile_update("bob@example.com", {"n": 1}, cause)])
    drain_once()
    assert states() == [("profile", "waiting", "halted")]
    with trying_the_key():
        connect().users.fields()
    drain_once()
    assert states() == [("profile", "delivered", "")]


def test_what_waited_for_the_key_is_due_as_soon_as_an_operator_turns_the_switch(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, PROFILES, 401)
    enqueue([profile_update("bob@example.com", {"n": 1}, cause)])
    drain_once()
    switch("live", "The key is mended", "operator")
    drain_once()
    assert states() == [("profile", "delivered", "")]


def test_a_drain_in_the_middle_of_its_calls_stops_when_another_worker_is_refused(
    sandbox: RunningSandbox, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = []
    halted = threading.Event()

    def ask(client: Any, row: Delivery, before: list[Any]) -> Any:
        under_way.append(row.pk)
        assert halted.wait(10)
        return single_sending.look_up(client, row, before)

    look_about = single_sending._stop_with_the_others

    def be_refused_elsewhere(stops: list[Exception]) -> None:
        if len(under_way) == single_sending.AT_ONCE:
            halt("401 elsewhere")
            look_about(stops)
            halted.set()

    monkeypatch.setattr(single_sending, "_stop_with_the_others", be_refused_elsewhere)
    monkeypatch.setitem(
        draining.ROUTES, Delivery.Operation.LOOK_UP, replace(draining.ROUTES[Delivery.Operation.LOOK_UP], single=ask)
    )
    enqueue([look_up(f"p{n}@example.com", cause) for n in range(20)])
    drain_once()
    assert Counter(state for _, state, _ in states()) == {"delivered": 8, "ready": 12}
    assert len(api_calls(sandbox)) == 8


def test_an_answer_to_what_was_asked_before_the_halt_does_not_lift_it(sandbox: RunningSandbox) -> None:
    turns = SharedTurns()
    turns.wait_for(FIELDS)
    halt("401 elsewhere")
    turns.heed(FIELDS, None)
    assert SendingSwitch.objects.get().halted_at is not None
