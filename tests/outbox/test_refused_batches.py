"""A bulk call refused or failing for some of its rows: how many calls it costs, and who is parked in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection
from django.db.models import Case, When
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.errors import ServiceBusy, WrongTypes
from iterable_admin.iterable.mismatches import FieldMismatch
from iterable_admin.iterable.outcomes import BulkResult, Outcome, RowOutcome
from iterable_admin.outbox.batching import CallRow
from iterable_admin.outbox.draining import ROUTES, Route
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Attempt, Delivery, RefusedRow
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import KEY, calls_to

pytestmark = pytest.mark.django_db(transaction=True)

PROFILES = "/api/users/bulkUpdate"
Judge = Callable[[dict[str, Any]], FieldMismatch | None]


def call(status: int) -> Call:
    return Call("POST", PROFILES, status, "", 0.1, "", timezone.now())


class Iterable:
    """Takes bulk calls in the place of the client; notes how many rows each carried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[int] = []
        self.refuse: Callable[[Sequence[CallRow]], None] = lambda _: None
        monkeypatch.setitem(ROUTES, Delivery.Operation.PROFILE, Route(PROFILES, bulk=self.take))

    def take(self, _client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
        self.calls.append(len(rows))
        self.refuse(rows)
        return BulkResult(rows=[RowOutcome(Outcome.DELIVERED) for _ in rows], call=call(200))

    def name_only_the_first(self, judge: Judge) -> None:
        def refuse(rows: Sequence[CallRow]) -> None:
            for found in filter(None, (judge(row.fields) for row in rows)):
                raise WrongTypes("wrong", call(400), code="RequestFieldsTypesMismatched", mismatches=[found])

        self.refuse = refuse

    def fail_at(self, poison: Callable[[dict[str, Any]], bool]) -> None:
        def refuse(rows: Sequence[CallRow]) -> None:
            if any(poison(row.fields) for row in rows):
                raise ServiceBusy("An error occurred.", call(500), code="GenericError")

        self.refuse = refuse


@pytest.fixture
def iterable(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterable:
    return Iterable(monkeypatch)


def send_until_still(rounds: int = 30) -> None:
    for _ in range(rounds):
        Delivery.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        if not drain_once():
            return


def store(cause: Cause, fields: Sequence[dict[str, Any]]) -> None:
    enqueue([profile_update(f"p{number}@example.com", told, cause) for number, told in enumerate(fields)])


def by_state() -> Counter[str]:
    return Counter(Delivery.objects.values_list("state", flat=True))


def mismatch(field: str, expected: str, value: object, incoming: str = "string") -> FieldMismatch:
    return FieldMismatch(field, expected, (incoming,), value, "user")


def test_four_hundred_bad_values_of_a_thousand_cost_one_call_more(sandbox: RunningSandbox, cause: Cause) -> None:
    good = {"born": "2024-01-01", "seats": 79, "price": 1.5, "plan": {"paid": {"on": True}}, "tags": [1, 2]}
    requests.post(f"{sandbox.url}/api/users/update", json={"email": "a@example.com", "dataFields": good}, headers=KEY, timeout=5)
    bad: list[dict[str, Any]] = [{"born": "GGG"}, {"seats": "many"}, {"plan": {"paid": {"on": "no way"}}}, {"tags": [1, "x"]}]
    rows = [{**good, **{k: f"{v}{n}" if isinstance(v, str) else v for k, v in bad[n % 4].items()}} for n in range(400)]
    store(cause, [*rows, *({**good, "seats": n} for n in range(600))])
    drain_once()
    assert calls_to(sandbox, PROFILES) == [400, 200]
    assert by_state() == {"delivered": 600, "needs_you": 400}


def test_an_answer_that_names_only_the_first_of_many_costs_a_call_for_each_field(iterable: Iterable, cause: Cause) -> None:
    def judge(fields: dict[str, Any]) -> FieldMismatch | None:
        for name, expected in (("born", "date"), ("seats", "long"), ("on", "boolean")):
            if isinstance(fields.get(name), str) and fields[name].startswith("bad"):
                return mismatch(name, expected, fields[name])
        return None

    iterable.name_only_the_first(judge)
    rows = [{name: f"bad{number}"} for number in range(133) for name in ("born", "seats", "on")]
    store(cause, [*rows, *({"seats": number} for number in range(601))])
    drain_once()
    assert iterable.calls == [1000, 1000 - 133, 1000 - 266, 601]
    assert by_state() == {"delivered": 601, "needs_you": 399}


def test_an_answer_without_a_value_is_enough(iterable: Iterable, cause: Cause) -> None:
    iterable.name_only_the_first(lambda fields: mismatch("on", "boolean", None, "long") if fields["on"] in ("x", "y") else None)
    store(cause, [{"on": True}, {"on": "x"}, {"on": False}, {"on": "y"}])
    drain_once()
    assert iterable.calls == [4, 2]
    assert by_state() == {"delivered": 2, "needs_you": 2}


def test_what_only_iterable_can_judge_costs_a_handful_of_calls_and_goes_on_in_smaller_batches(
    iterable: Iterable, cause: Cause
) -> None:
    impossible = [{"born": f"2024-02-3{n % 10} {n}"} for n in range(20)]
    iterable.name_only_the_first(
        lambda fields: mismatch("born", "date", fields["born"]) if fields["born"].startswith("2024-02-3") else None
    )
    store(cause, [*impossible, *({"born": "2024-01-01"} for _ in range(180))])
    drain_once()
    assert iterable.calls == [200, 199, 198, 197, 196, 195, 194, 193, 192]
    left = Delivery.objects.filter(state="waiting")
    assert set(left.values_list("company", "reason_code")) == {(24, "retry")}
    assert "Sent again with at most 23" in str(left.values_list("reason", flat=True)[0])
    send_until_still()
    assert by_state() == {"delivered": 180, "needs_you": 20}
    assert len(iterable.calls) == 34


def test_a_refusal_that_names_nothing_parks_the_guilty_row_alone(iterable: Iterable, cause: Cause) -> None:
    def refuse(rows: Sequence[CallRow]) -> None:
        if any("bad" in row.fields for row in rows):
            raise WrongTypes("wrong", call(400), code="RequestFieldsTypesMismatched")

    iterable.refuse = refuse
    store(cause, [{"bad": 1} if number == 700 else {"n": 1} for number in range(1000)])
    drain_once()
    assert len(iterable.calls) == 9
    send_until_still()
    assert by_state() == {"delivered": 999, "needs_you": 1}
    assert len(iterable.calls) == 23


def test_a_row_at_which_iterable_always_fails_is_parked_alone(iterable: Iterable, cause: Cause) -> None:
    iterable.fail_at(lambda fields: fields["n"] == 700)
    store(cause, [{"n": number} for number in range(1000)])
    send_until_still()
    assert by_state() == {"delivered": 999, "needs_you": 1}
    parked = Delivery.objects.get(state="needs_you")
    assert (parked.payload["dataFields"], parked.reason_code) == ({"n": 700}, "gave_up")
    assert iterable.calls[:3] == [1000, 1000, 1000]
    assert Attempt.objects.filter(status=500).count() == 8


def test_an_outage_does_not_turn_a_call_of_many_into_many_calls(iterable: Iterable, cause: Cause, settings: Any) -> None:
    settings.DELIVERY_MAX_ATTEMPTS = 12
    iterable.fail_at(lambda fields: True)
    store(cause, [{"n": number} for number in range(100)])
    send_until_still()
    assert by_state() == {"needs_you": 100}
    assert Counter(iterable.calls) == {100: 3, 50: 2, 25: 4, 13: 7 * 7, 9: 7}


def test_who_was_tried_often_enough_takes_nobody_along(iterable: Iterable, cause: Cause, settings: Any) -> None:
    settings.DELIVERY_MAX_ATTEMPTS = 9
    iterable.fail_at(lambda fields: True)
    store(cause, [{"n": 0}, {"n": 1}])
    send_until_still(1)
    first, second = Delivery.objects.order_by("pk")
    RefusedRow.objects.bulk_create(RefusedRow(attempt=first.last_attempt, delivery=second) for _ in range(7))
    Delivery.objects.update(attempts=Case(When(pk=first.pk, then=8), default=7))
    send_until_still(1)
    assert iterable.calls == [2, 2]
    assert list(Delivery.objects.order_by("pk").values_list("state", "attempts")) == [("needs_you", 9), ("waiting", 8)]


def test_failures_that_are_counted_and_not_named_cost_as_many_queries_for_many_rows_as_for_few(
    iterable: Iterable, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_client: IterableClient, rows: Sequence[CallRow]) -> BulkResult:
        return BulkResult(rows=[RowOutcome(Outcome.UNKNOWN) for _ in rows], call=call(200))

    def second_try_of(people: range) -> int:
        enqueue([profile_update(f"p{number}@example.com", {"n": 1}, cause) for number in people])
        send_until_still(1)
        with CaptureQueriesContext(connection) as asked:
            send_until_still(1)
        Delivery.objects.update(state="skipped")
        return len(asked)

    monkeypatch.setitem(ROUTES, Delivery.Operation.PROFILE, Route(PROFILES, bulk=fail))
    assert second_try_of(range(2)) == second_try_of(range(2, 32))


def test_what_an_outage_split_is_delivered_when_it_ends(iterable: Iterable, cause: Cause) -> None:
    iterable.fail_at(lambda fields: True)
    store(cause, [{"n": number} for number in range(100)])
    send_until_still(4)
    iterable.refuse = lambda _: None
    send_until_still()
    assert by_state() == {"delivered": 100}
