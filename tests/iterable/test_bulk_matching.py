"""Whose failure it is, when Iterable names it, and what is believed when its figures do not add up."""

from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.iterable.bulk import Row
from iterable_admin.iterable.client import IterableClient
from iterable_admin.iterable.outcomes import Outcome
from iterable_admin.iterable.writes import Person, ProfileUpdate, SubscriptionUpdate
from tests.iterable.conftest import Canned
from tests.iterable.test_bulk import ANN, BEN, UNO, answer, outcomes


def row(email: str) -> ProfileUpdate:
    return ProfileUpdate({}, email=email)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (" Ann@Example.com\n", "ann@example.com"),
        ("ann@example.com", " ANN@example.com "),
        ("STRASSE@example.com", "strasse@example.com"),
        ("straße@example.com", "STRAßE@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("ÉLAN@example.com", "élan@example.com"),
    ],
)
def test_an_email_is_known_again_in_any_case(sent: str, named: str) -> None:
    body = answer(1, 1, failedUpdates={"invalidEmails": [named]})
    assert outcomes([row(sent), BEN], body) == ["invalid", "delivered"]


@pytest.mark.parametrize(("named", "expected"), [("straße", ["invalid", "delivered"]), ("STRASSE", ["delivered", "invalid"])])
def test_two_people_who_are_equal_when_folded_are_told_apart(named: str, expected: list[str]) -> None:
    body = answer(1, 1, failedUpdates={"invalidEmails": [f"{named}@example.com"]})
    assert outcomes([row("straße@example.com"), row("strasse@example.com")], body) == expected


def test_a_userid_keeps_its_case_and_its_blanks() -> None:
    rows: list[Row] = [Person(user_id=name) for name in (" a", "a", "A")]
    assert outcomes(rows, answer(1, 2, failedUpdates={"invalidUserIds": ["a"]})) == ["delivered", "invalid", "delivered"]


def test_an_email_and_a_userid_of_one_spelling_are_two_identities() -> None:
    rows: list[Row] = [row("a@example.com"), Person(user_id="a@example.com")]
    assert outcomes(rows, answer(1, 1, failedUpdates={"conflictUserIds": ["a@example.com"]})) == ["delivered", "conflict"]


@pytest.mark.parametrize(
    "body",
    [
        {"failCount": 0},
        {"successCount": 2},
        {"failCount": 0, "successCount": 5},
        {"failCount": 0, "successCount": -2},
        {"failCount": False, "successCount": True},
        {"failCount": "0", "successCount": "two"},
        {"failCount": 2, "successCount": 2},
    ],
)
def test_counts_that_do_not_add_up_prove_no_row(body: dict[str, Any]) -> None:
    assert outcomes([ANN, BEN], body) == ["unknown", "unknown"]


def test_nothing_is_delivered_where_nothing_succeeded() -> None:
    body = answer(2, 0, failedUpdates={"invalidEmails": ["ann@example.com"]})
    assert outcomes([ANN, ANN, BEN], body) == ["invalid", "invalid", "unknown"]


def test_a_failure_of_somebody_else_leaves_our_rows_in_doubt() -> None:
    body = answer(1, 1, failedUpdates={"invalidEmails": ["nobody@example.com"]})
    assert outcomes([ANN, BEN], body) == ["unknown", "unknown"]


@pytest.mark.parametrize("members", [None, "ann@example.com", {"ann@example.com": 1}, [None, 5, ["ann@example.com"]]])
def test_a_list_that_cannot_be_read_leaves_its_failures_open(members: object) -> None:
    assert outcomes([ANN, UNO], answer(1, 1, failedUpdates={"invalidEmails": members})) == ["unknown", "unknown"]


def test_a_stranger_to_be_unsubscribed_is_a_no_op_and_his_neighbour_delivered(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, answer(1, 1, failedUpdates={"notFoundEmails": ["ann@example.com"]}))
    result = client.lists.unsubscribe(7, [Person(email="Ann@example.com"), Person(user_id="Uno")])
    assert [found.outcome for found in result.rows] == [Outcome.NO_OP, Outcome.DELIVERED]


def test_a_forgotten_person_is_refused_also_when_unsubscribed(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, answer(2, 0, failedUpdates={"notFoundEmails": ["a@x.io"], "forgottenUserIds": ["Uno"]}))
    result = client.lists.unsubscribe(7, [Person(email="a@x.io"), Person(user_id="Uno")])
    assert [found.outcome for found in result.rows] == [Outcome.NO_OP, Outcome.FORGOTTEN]


def test_somebody_not_found_when_subscribed_is_no_no_op(client: IterableClient, canned: Canned) -> None:
    canned.answer(200, answer(1, 0, failedUpdates={"notFoundUserIds": ["Uno"]}, filteredOutFields=["x"]))
    result = client.lists.subscribe(7, [UNO])
    assert ([found.outcome for found in result.rows], result.filtered_out_fields) == ([Outcome.NOT_FOUND], ["x"])


def test_subscriptions_that_failed_inside_iterable_may_be_sent_again(client: IterableClient, canned: Canned) -> None:
    failures = {"invalidEmails": ["b@x.io"], "validEmailFailures": ["a@x.io"], "validUserIdFailures": ["Uno"]}
    canned.answer(200, answer(3, 1, invalidUserIds=[], **failures))
    rows = [SubscriptionUpdate(email=email) for email in ("A@x.io", "b@x.io", "c@x.io")] + [SubscriptionUpdate(user_id="Uno")]
    result = client.subscriptions.bulk_update(rows)
    assert [found.outcome.value for found in result.rows] == ["retryable", "invalid", "delivered", "retryable"]


@pytest.mark.parametrize("status", [200, 202])
def test_a_group_without_rows_in_its_answer_is_accepted_as_a_whole(client: IterableClient, canned: Canned, status: int) -> None:
    canned.answer(status, {"msg": "", "code": "Success", "params": None})
    result = client.subscriptions.unsubscribe_all("messageType", 5, [Person(email="a@x.io"), Person(user_id="U")])
    assert ([found.outcome for found in result.rows], result.call.status) == ([Outcome.DELIVERED] * 2, status)


def test_counts_that_come_as_text_are_counts() -> None:
    body = {"failCount": "1", "successCount": "1", "failedUpdates": {"invalidEmails": [ANN.email]}}
    assert outcomes([ANN, BEN], body) == ["invalid", "delivered"]


def test_a_userid_that_comes_as_a_number_is_known_again() -> None:
    rows: list[Row] = [Person(user_id="12"), Person(user_id="012")]
    assert outcomes(rows, answer(1, 1, failedUpdates={"invalidUserIds": [12]})) == ["invalid", "delivered"]
