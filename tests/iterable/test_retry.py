from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from iterable_admin.iterable import errors
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.envelope import BodyKind, kind_of_body
from iterable_admin.iterable.repeating import may_repeat
from iterable_admin.iterable.retry import GiveUp, Retry, decide, decide_on, seconds_to_wait

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)


def call(status: int | None) -> Call:
    return Call("POST", "/api/users/update", status, "", 0.1, "", NOW)


def busy(status: int = 503, *, code: str = "", retry_after: float | None = None) -> errors.ServiceBusy:
    return errors.ServiceBusy("busy", call(status), code=code, retry_after=retry_after)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1.0), (2, 2.0), (5, 16.0), (10, 512.0), (11, 600.0)])
def test_the_delay_doubles_from_a_second_to_ten_minutes(attempt: int, longest: float) -> None:
    assert decide_on(busy(), attempt, jitter=lambda: 1.0) == Retry(longest, "busy")
    assert decide_on(busy(), attempt, jitter=lambda: 0.25) == Retry(longest / 4, "busy")


def test_a_time_named_by_iterable_goes_before_our_own() -> None:
    assert decide_on(busy(429, retry_after=42.0), 1) == Retry(42.0, "Iterable asked to wait: busy")


def test_a_time_beyond_a_day_is_not_believed() -> None:
    assert decide_on(busy(429, retry_after=1e9), 1) == Retry(86_400.0, "Iterable asked to wait: busy")


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.Ambiguous, errors.ServiceBusy])
def test_an_outage_of_eight_hours_heals_by_itself(kind: type[errors.IterableError]) -> None:
    """Also where chance makes the delays a tenth shorter than they are on average."""
    decisions = [decide_on(kind("down", call(None)), attempt, jitter=lambda: 0.45) for attempt in range(1, 120)]
    assert sum(decision.after for decision in decisions if isinstance(decision, Retry)) > 8 * 3600


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.Ambiguous, errors.ServiceBusy])
def test_everything_ends_after_so_many_attempts(kind: type[errors.IterableError]) -> None:
    error = kind("down", call(None))
    assert isinstance(decide_on(error, 119), Retry)
    assert decide_on(error, 120) == GiveUp("Gave up after 120 attempts: down")


@pytest.mark.parametrize("code", ["GenericError", "", "error.users.new"])
def test_a_500_is_tried_eight_times_whatever_its_code(code: str) -> None:
    error = busy(500, code=code)
    assert isinstance(decide_on(error, 7), Retry)
    assert decide_on(error, 8) == GiveUp("Gave up after 8 attempts: busy")


@pytest.mark.parametrize(
    "kind", [errors.Refused, errors.Conflicted, errors.NotThere, errors.Unauthorised, errors.Misdirected, errors.WrongTypes]
)
def test_what_no_repetition_mends_is_given_up_at_once(kind: type[errors.IterableError]) -> None:
    assert decide_on(kind("no", call(400)), 1) == GiveUp("no")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("60", 60.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("0", None),
        ("60, 120", None),
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


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599, None])
def test_what_may_pass_is_tried_again_where_that_does_no_harm(status: int | None) -> None:
    decision = decide("GET", status, {}, BodyKind.HTML, 1, jitter=lambda: 0.5)
    assert decision == Retry(0.5, str(status or "no answer"))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413, 422])
@pytest.mark.parametrize("body", list(BodyKind))
def test_a_refusal_is_final_whatever_its_body_and_headers_say(status: int, body: BodyKind) -> None:
    assert decide("PUT", status, {"Retry-After": "1"}, body, 1, code="Success") == GiveUp(f"{status} Success")


@pytest.mark.parametrize("status", [None, 408, 502, 504, 200])
def test_a_time_out_of_a_call_that_may_not_be_repeated_is_marked(status: int | None) -> None:
    decision = decide("POST", status, {}, BodyKind.HTML, 1)
    assert isinstance(decision, GiveUp)
    assert decision.ambiguous


@pytest.mark.parametrize(("status", "received"), [(None, False), (429, True), (500, True), (503, True)])
def test_a_call_that_was_surely_not_applied_is_tried_again_whatever_it_is(status: int | None, received: bool) -> None:
    assert decide("POST", status, {}, BodyKind.TEXT, 1, received=received, said="x", jitter=lambda: 1.0) == Retry(1.0, "x")


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
@pytest.mark.parametrize("value", ["90", "Mon, 01 Jan 2024 12:01:30 GMT"])
def test_a_retry_after_is_found_in_any_spelling(name: str, value: str) -> None:
    decision = decide("GET", 429, {"Server": "x", name: value}, BodyKind.EMPTY, 1, now=NOW)
    assert decision == Retry(90.0, "Iterable asked to wait: 429")


@pytest.mark.parametrize(
    ("method", "endpoint", "own_ids", "repeatable"),
    [
        ("POST", "/api/users/bulkUpdate", False, True),
        ("POST", "/api/users/updateSubscriptions", False, True),
        ("POST", "/api/events/trackBulk", False, False),
        ("POST", "/api/events/trackBulk", True, True),
        ("POST", "/api/workflows/triggerWorkflow", True, False),
        ("POST", "/api/email/target", True, False),
        ("POST", "/api/users/merge", False, False),
        ("POST", "/api/lists", False, False),
        ("POST", "/api/export/start", False, False),
        ("DELETE", "/api/lists/{id}", False, True),
        ("PATCH", "/api/subscriptions/{group}/{id}/user/{email}", False, True),
        ("get", "/api/lists", False, True),
    ],
)
def test_the_endpoint_tells_what_may_be_repeated(method: str, endpoint: str, own_ids: bool, repeatable: bool) -> None:
    assert may_repeat(method, endpoint, own_ids=own_ids) is repeatable


def test_an_event_without_an_id_whose_answer_got_lost_is_not_sent_again() -> None:
    error = errors.Ambiguous("silence", Call("POST", "/api/events/track", None, "", 0.1, "", NOW))
    lost = GiveUp("it may have been applied, and repeating it may double it: silence", ambiguous=True)
    assert decide_on(error, 1) == lost
    assert decide_on(error, 1, own_ids=True, jitter=lambda: 1.0) == Retry(1.0, "silence")


@given(
    method=some.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    status=some.none() | some.integers(200, 599),
    body=some.sampled_from(list(BodyKind)),
    attempt=some.integers(0, 10_000),
    header=some.text(max_size=20),
    repeatable=some.booleans(),
)
def test_every_call_ends_and_none_is_repeated_early(
    method: str, status: int | None, body: BodyKind, attempt: int, header: str, repeatable: bool
) -> None:
    decision = decide(method, status, {"retry-after": header}, body, attempt, repeatable=repeatable)
    assert isinstance(decision, GiveUp if attempt >= 120 else GiveUp | Retry)
    if isinstance(decision, Retry):
        assert 0 <= decision.after <= 86_400
        assert status is None or status < 300 or status in (408, 429) or status >= 500
    else:
        assert not (decision.ambiguous and repeatable)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (None, BodyKind.NONE),
        (" \n", BodyKind.EMPTY),
        ('{"msg":"","code":"Success","params":null}', BodyKind.JSON),
        ("{}", BodyKind.JSON),
        ("\ufeff{}", BodyKind.JSON),
        ('{"error":"x","message":"y","code":"z","data":{}}', BodyKind.SECOND),
        ("Rate limit exceeded. Please try again later.", BodyKind.TEXT),
        ("[1]", BodyKind.TEXT),
        ("{" * 100_000, BodyKind.TEXT),
        ("<!DOCTYPE html><title>x</title>", BodyKind.HTML),
    ],
)
def test_a_body_is_told_by_its_form(text: str | None, kind: BodyKind) -> None:
    assert kind_of_body(text) is kind
