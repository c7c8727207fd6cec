from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from iterable_admin.iterable.bulk import Row, settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.outcomes import Outcome
from iterable_admin.iterable.writes import ProfileUpdate, TrackedEvent

CALL = Call("POST", "/api/users/bulkUpdate", 200, "", 0.1, "", datetime(2024, 1, 1, tzinfo=UTC))
ANN = ProfileUpdate({}, email="Ann@Example.com")
BEN = ProfileUpdate({}, email="ben@example.com")
UNO = ProfileUpdate({}, user_id="Uno")


def outcomes(rows: list[Row], answer: dict[str, Any]) -> list[str]:
    return [row.outcome.value for row in settle(rows, answer, CALL).rows]


def answer(failed: int, succeeded: int, **rest: object) -> dict[str, Any]:
    return {"failCount": failed, "successCount": succeeded} | rest


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("conflict", "conflict"),
        ("forgotten", "forgotten"),
        ("invalidData", "wrong_type"),
        ("invalid", "invalid"),
        ("notFound", "not_found"),
    ],
)
def test_every_detailed_list_is_read_for_emails_and_user_ids(prefix: str, expected: str) -> None:
    failed = {f"{prefix}Emails": ["ann@example.com"], f"{prefix}UserIds": ["Uno"]}
    assert outcomes([ANN, BEN, UNO], answer(2, 1, failedUpdates=failed)) == [expected, "delivered", expected]


@pytest.mark.parametrize("lists", [{"failedUpdates": None}, {}])
def test_the_deprecated_lists_are_read_where_there_is_no_other(lists: dict[str, Any]) -> None:
    body = answer(2, 1, invalidEmails=["ann@example.com"], invalidUserIds=["Uno"], **lists)
    assert outcomes([ANN, BEN, UNO], body) == ["invalid", "delivered", "invalid"]


def test_a_detailed_list_says_more_than_its_deprecated_duplicate() -> None:
    body = answer(1, 1, invalidEmails=["ann@example.com"], failedUpdates={"forgottenEmails": ["ann@example.com"]})
    assert outcomes([ANN, BEN], body) == ["forgotten", "delivered"]


def test_internal_errors_are_worth_another_try() -> None:
    body = answer(2, 1, validEmailFailures=["ann@example.com"], validUserIdFailures=["Uno"])
    assert outcomes([ANN, BEN, UNO], body) == ["retryable", "delivered", "retryable"]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("failed", "succeeded"), [(0, 2), (1, 1), (0, 1)])
def test_a_no_op_is_no_failure_however_it_is_counted(inside: bool, failed: int, succeeded: int) -> None:
    lists: dict[str, Any] = {"noOpEmails": ["ann@example.com"]}
    body = answer(failed, succeeded, **({"failedUpdates": lists} if inside else lists))
    assert outcomes([ANN, BEN], body) == ["no_op", "delivered"]


def test_emails_match_in_any_case_and_user_ids_exactly() -> None:
    body = answer(2, 0, failedUpdates={"invalidEmails": ["ANN@example.COM"], "invalidUserIds": ["uno"]})
    assert outcomes([ANN, UNO], body) == ["invalid", "unknown"]


def test_rows_of_one_person_share_the_outcome() -> None:
    body = answer(2, 1, failedUpdates={"notFoundEmails": ["ann@example.com"]})
    assert outcomes([ANN, BEN, ANN], body) == ["not_found", "delivered", "not_found"]


def test_failures_that_nobody_named_make_the_rest_unknown() -> None:
    body = answer(2, 1, failedUpdates={"invalidEmails": ["ann@example.com"]})
    result = settle([ANN, BEN, UNO], body, CALL)
    assert [row.outcome for row in result.rows] == [Outcome.INVALID, Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert result.rows[1].message == "Iterable counts 2 failed rows and does not name them all"


def test_two_rows_of_one_person_do_not_hide_the_failure_of_another() -> None:
    body = answer(2, 1, failedUpdates={"invalidDataEmails": ["ann@example.com"]})
    assert outcomes([ANN, ANN, BEN], body) == ["wrong_type", "wrong_type", "unknown"]


def test_a_no_op_counted_apart_does_not_explain_a_failure() -> None:
    assert outcomes([ANN, BEN, UNO], answer(1, 1, noOpEmails=["ann@example.com"])) == ["no_op", "unknown", "unknown"]


def test_a_failure_list_added_later_is_not_taken_for_success() -> None:
    body = answer(1, 1, failedUpdates={"quarantinedEmails": ["ann@example.com"]})
    assert outcomes([ANN, BEN], body) == ["unknown", "delivered"]


@pytest.mark.parametrize("body", [{}, {"failCount": None, "successCount": 2}, {"failCount": 0, "successCount": 1}])
def test_rows_that_the_counts_leave_out_are_unknown(body: dict[str, Any]) -> None:
    assert outcomes([ANN, BEN], body) == ["unknown", "unknown"]


def test_lists_of_an_unexpected_shape_are_survived() -> None:
    body = answer(0, 1, createdFields=None, invalidEmails="x", failedUpdates={"invalidEmails": [None, 1]})
    assert outcomes([ANN], body) == ["delivered"]


@pytest.mark.parametrize(("failed", "succeeded"), [(1, 1), (0, 2), (0, 1)])
def test_a_blocked_event_name_refuses_only_its_own_rows(failed: int, succeeded: int) -> None:
    rows: list[Row] = [TrackedEvent(name, {}, email="ann@example.com") for name in ("blocked", "welcome")]
    result = settle(rows, answer(failed, succeeded, disallowedEventNames=["blocked"]), CALL)
    assert [row.outcome for row in result.rows] == [Outcome.DISALLOWED, Outcome.DELIVERED]
    assert result.disallowed_event_names == ["blocked"]
