from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iterable_admin.iterable import errors
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.retry import GiveUp, Retry, decide, seconds_to_wait

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)


def call(status: int | None) -> Call:
    return Call("POST", "/api/users/update", status, "", 0.1, "", NOW)


def busy(status: int = 503, *, code: str = "", retry_after: float | None = None) -> errors.ServiceBusy:
    return errors.ServiceBusy("busy", call(status), code=code, retry_after=retry_after)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1.0), (2, 2.0), (5, 16.0), (10, 512.0), (11, 600.0)])
def test_the_delay_doubles_from_a_second_to_ten_minutes(attempt: int, longest: float) -> None:
    assert decide(busy(), attempt, jitter=lambda: 1.0) == Retry(longest, "busy")
    assert decide(busy(), attempt, jitter=lambda: 0.25) == Retry(longest / 4, "busy")


def test_a_time_named_by_iterable_goes_before_our_own() -> None:
    assert decide(busy(429, retry_after=42.0), 1) == Retry(42.0, "Iterable asked to wait: busy")


def test_a_time_beyond_a_day_is_not_believed() -> None:
    assert decide(busy(429, retry_after=1e9), 1) == Retry(86_400.0, "Iterable asked to wait: busy")


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.Ambiguous, errors.ServiceBusy])
def test_twelve_attempts_are_enough_for_everything(kind: type[errors.IterableError]) -> None:
    error = kind("down", call(None))
    assert isinstance(decide(error, 11), Retry)
    assert decide(error, 12) == GiveUp("gave up after 12 attempts: down")


def test_a_generic_error_is_tried_six_times() -> None:
    error = busy(500, code="GenericError")
    assert isinstance(decide(error, 5), Retry)
    assert decide(error, 6) == GiveUp("gave up after 6 attempts: busy")


@pytest.mark.parametrize(
    "kind", [errors.Refused, errors.Conflicted, errors.NotThere, errors.Unauthorised, errors.Misdirected, errors.WrongTypes]
)
def test_what_no_repetition_mends_is_given_up_at_once(kind: type[errors.IterableError]) -> None:
    assert decide(kind("no", call(400)), 1) == GiveUp("no")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("60", 60.0),
        (" 5 ", 5.0),
        ("0", None),
        ("-3", None),
        ("inf", None),
        ("9" * 400, None),
        ("Mon, 01 Jan 2024 12:01:30 GMT", 90.0),
        ("Mon, 01 Jan 2024 12:01:30 -0000", 90.0),
        ("Mon, 01 Jan 2024 11:00:00 GMT", None),
        ("Mon, 99 Jan 2024 11:00:00 GMT", None),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOW) == seconds
