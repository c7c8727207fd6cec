from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from django.db.models import F
from django.utils import timezone

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.errors import ServiceBusy
from iterable_admin.iterable.limits import LARGEST_BODY
from iterable_admin.iterable.outcomes import Outcome, RowOutcome
from iterable_admin.outbox import draining
from iterable_admin.outbox.batching import call_rows, cut
from iterable_admin.outbox.departing import let_go
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, profile_update, tracked_event, unsubscription
from iterable_admin.outbox.judging import Circumstances, judge, judge_failure
from iterable_admin.outbox.models import Attempt, Delivery, RateBucket
from iterable_admin.outbox.retrying import retry
from iterable_admin.outbox.switching import Mode
from iterable_admin.sandbox import RunningSandbox
from tests.outbox.conftest import drain_once
from tests.outbox.iterable import calls_to, channel_id, events, fail, faults, make_user, states, user

pytestmark = pytest.mark.django_db(transaction=True)

PROFILES, EVENTS = "/api/users/bulkUpdate", "/api/events/trackBulk"


def track(email: str, cause: Cause, number: int = 1) -> Delivery:
    return tracked_event(email, "SaaS Trials", {"n": 1}, cause, id=f"e-{number}", created_at=1_700_000_000)


def make_due() -> None:
    """What waits for its next try has waited."""
    Delivery.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    RateBucket.objects.update(next_free_at=0)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408, 0])
def test_what_passes_is_tried_again(sandbox: RunningSandbox, cause: Cause, status: int) -> None:
    fail(sandbox, PROFILES, status)
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    drain_once()
    attempt = Attempt.objects.earliest("pk")
    assert (attempt.status, attempt.refused) == (status or None, 1)
    make_due()
    drain_once()
    assert states() == [("profile", "delivered", "")]


@pytest.mark.parametrize("status", [500, 0])
def test_an_event_whose_answer_got_lost_is_not_doubled(sandbox: RunningSandbox, cause: Cause, status: int) -> None:
    make_user(sandbox, "ann@example.com")
    fail(sandbox, EVENTS, status, applied=True)
    enqueue([track("ann@example.com", cause)])
    drain_once()
    make_due()
    drain_once()
    assert states() == [("track", "delivered", "")]
    assert len(events(sandbox, "ann@example.com")) == 1
    assert len(calls_to(sandbox, EVENTS)) == 2


def test_the_time_that_iterable_names_is_waited_for(cause: Cause) -> None:
    call = Call("POST", PROFILES, 429, "", 0.1, "", timezone.now())
    end = judge_failure(profile_update("ann@example.com", {}, cause), ServiceBusy("busy", call, retry_after=90.0))
    assert end.again_at is not None
    assert 85 < (end.again_at - timezone.now()).total_seconds() <= 90


def test_an_error_that_never_heals_needs_somebody_in_the_end(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, PROFILES, 500, times=50)
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    for _ in range(15):
        drain_once()
        make_due()
    row = Delivery.objects.get()
    assert (row.state, row.reason_code, row.attempts) == ("needs_you", "gave_up", 8)
    assert Attempt.objects.count() == 8


def test_a_row_that_fails_again_and_again_while_others_pass_needs_somebody(sandbox: RunningSandbox, cause: Cause) -> None:
    counted = {"partial-counted": {"path": PROFILES, "person": "ann@example.com"}}
    faults(sandbox, fail_next=[{"path": PROFILES, "status": 503, "times": 3}], **counted)
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    for _ in range(20):
        drain_once()
        make_due()
    row = Delivery.objects.get()
    assert (row.state, row.reason_code, row.attempts) == ("needs_you", "gave_up", 15)
    assert calls_to(sandbox, PROFILES) == [503] * 3 + [200] * 12


def test_a_row_that_is_sent_again_by_hand_has_its_full_number_of_tries(sandbox: RunningSandbox, cause: Cause) -> None:
    faults(sandbox, **{"partial-counted": {"path": PROFILES, "person": "ann@example.com"}})
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    for expected in (12, 24):
        for _ in range(14):
            drain_once()
            make_due()
        row = Delivery.objects.get()
        assert (row.state, row.attempts, row.refusals.count()) == ("needs_you", 12, expected)
        retry(Delivery.objects.all())


def test_a_500_at_the_end_of_an_outage_is_not_the_last_word(sandbox: RunningSandbox, cause: Cause) -> None:
    rules = [{"path": PROFILES, "status": 503, "times": 12}, {"path": PROFILES, "status": 500, "times": 2}]
    faults(sandbox, fail_next=rules)
    enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    for _ in range(15):
        drain_once()
        make_due()
    assert states() == [("profile", "delivered", "")]
    assert calls_to(sandbox, PROFILES) == [503] * 12 + [500] * 2 + [200]


def test_a_call_too_large_is_halved_until_it_fits(sandbox: RunningSandbox, cause: Cause) -> None:
    fail(sandbox, PROFILES, 413, times=3)
    enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(8)])
    drain_once()
    assert Delivery.objects.filter(state="delivered").count() == 8
    assert calls_to(sandbox, PROFILES)[:3] == [413, 413, 413]


def test_what_a_failed_half_leaves_behind_does_not_wait_for_its_lease(sandbox: RunningSandbox, cause: Cause) -> None:
    rules = [{"path": PROFILES, "status": 413, "times": 1}, {"path": PROFILES, "status": 503, "times": 1}]
    faults(sandbox, fail_next=rules)
    enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(8)])
    drain_once()
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["waiting"] * 4 + ["delivered"] * 4
    assert set(Delivery.objects.filter(state="delivered").values_list("attempts", flat=True)) == {1}


def test_halves_wait_for_their_share_of_the_rate_too(sandbox: RunningSandbox, cause: Cause, settings: Any) -> None:
    settings.ITERABLE_RATE_LIMIT_SCALE = 1
    fail(sandbox, PROFILES, 413, times=3)
    enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(8)])
    drain_once()
    started = list(Attempt.objects.order_by("started_at").values_list("started_at", flat=True))
    # The first turn is taken before the rows are, so the first pause looks shorter by that much.
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(started)][1:]
    assert len(pauses) == 5
    assert min(pauses) > 0.2


def test_who_was_forgotten_is_skipped_without_alarm(cause: Cause) -> None:
    end = judge(profile_update("ann@example.com", {}, cause), RowOutcome(Outcome.FORGOTTEN), Circumstances(timezone.now()))
    assert (end.state, end.code) == ("skipped", "forgotten")


def test_an_event_for_nobody_needs_somebody(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([track("ann@example.com", cause)])
    drain_once()
    assert states() == [("track", "needs_you", "permanent")]


def test_an_event_right_after_its_profile_is_tried_for_ten_minutes(sandbox: RunningSandbox, cause: Cause) -> None:
    (profile,) = enqueue([profile_update("ann@example.com", {"n": 1}, cause)])
    Delivery.objects.update(state="delivered", accepted_at=timezone.now())
    enqueue([track("ann@example.com", cause)])
    for _ in range(20):
        drain_once()
        make_due()
    row = Delivery.objects.get(operation="track")
    assert (row.state, row.reason_code) == ("waiting", "not_found_yet")
    Delivery.objects.filter(pk=profile.pk).update(accepted_at=F("accepted_at") - timedelta(minutes=11))
    drain_once()
    row.refresh_from_db()
    assert (row.state, row.reason_code) == ("needs_you", "permanent")
    assert "does not know this person" in row.reason


def test_an_update_only_row_beside_one_that_creates_still_creates_nobody(
    sandbox: RunningSandbox, cause: Cause, settings: Any
) -> None:
    settings.ITERABLE_UPDATE_ONLY = True
    enqueue(
        [profile_update("new@example.com", {"n": 1}, cause), profile_update("absent@example.com", {"n": 1}, cause, creates=False)]
    )
    drain_once()
    assert states() == [("profile", "delivered", ""), ("profile", "skipped", "not_in_iterable")]
    assert user(sandbox, "absent@example.com") == {}


@pytest.mark.parametrize("odd", [float("nan"), "\ud800"])
def test_what_has_no_json_form_costs_neither_a_call_nor_its_neighbours(
    sandbox: RunningSandbox, cause: Cause, monkeypatch: pytest.MonkeyPatch, odd: object
) -> None:
    """Stored before the database refused it, or through one that does not."""
    rows = enqueue([profile_update(f"p{n}@example.com", {"n": n}, cause) for n in range(4)])

    def spoil(leaving: Sequence[Delivery], mode: Mode) -> list[Delivery]:
        for row in leaving:
            row.payload["dataFields"] |= {"odd": odd} if row.pk == rows[1].pk else {}
        return let_go(leaving, mode)

    monkeypatch.setattr(draining, "let_go", spoil)
    drain_once()
    assert [state for _, state, _ in states()] == ["delivered", "needs_you", "delivered", "delivered"]
    assert "a value has no JSON form" in Delivery.objects.get(state="needs_you").reason
    assert calls_to(sandbox, PROFILES) == [200]


def test_a_number_too_long_for_64_bits_is_sent_as_it_is(sandbox: RunningSandbox, cause: Cause) -> None:
    enqueue([profile_update("ann@example.com", {"n": 2**70}, cause)])
    drain_once()
    assert states() == [("profile", "delivered", "")]


def test_batches_stay_under_the_limit_in_bytes_with_the_longest_names_and_ids(cause: Cause) -> None:
    text = "ü" * 1_650
    name, key = "é" * 255, "x" * 512
    rows = [tracked_event(f"{'a' * 60}{n}@example.com", name, {"t": text}, cause, id=key, created_at=1) for n in range(3_000)]
    for number, row in enumerate(rows):
        row.pk = number
    for batch in cut(call_rows(rows)):
        told = [{**row.first.payload, "email": row.first.email} for row in batch]
        assert len(orjson.dumps({"events": told})) < LARGEST_BODY


def test_a_refused_key_is_tested_with_a_single_call(sandbox: RunningSandbox, cause: Cause) -> None:
    channel = channel_id(sandbox)
    fail(sandbox, "/api/subscriptions", 401, times=100)
    enqueue([unsubscription(f"p{n}@example.com", CHANNEL, "Marketing Channel", channel, cause) for n in range(40)])
    drain_once()
    assert len(calls_to(sandbox, "/api/subscriptions")) <= 8
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"waiting", "ready"}
