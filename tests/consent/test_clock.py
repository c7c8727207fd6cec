"""The withdrawal clock: what became effective when, what waits, and for whom no clock runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contacts.consent.clock import after_business_days, passed, running, times, waiting, waiting_for_creation
from contacts.consent.models import Erasure, SubscriptionChange
from contacts.consent.waiting import explain
from contacts.models import Presence
from iterable_admin.outbox.models import Delivery
from tests.conftest import People, signed_in
from tests.consent.conftest import ANN, Post
from tests.consent.resolver.conftest import MARKETING, catalogue, see  # noqa: F401 - a fixture
from tests.factories import SubscriptionChangeFactory

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 3, 11, 15, tzinfo=UTC)


def withdraw(key: str = "a", ago: timedelta = timedelta(), **given: Any) -> SubscriptionChange:
    at = timezone.now() - ago
    return SubscriptionChangeFactory.create(address_key=key, occurred_at=at, received_at=at, **given)


def take_effect(row: SubscriptionChange, after: timedelta) -> None:
    at = row.received_at + after
    values = {"verdict": "effective", "basis": "system", "occurred_at": at, "received_at": at, "supersedes": row}
    SubscriptionChangeFactory.create(address_key=row.address_key, cause="delivery", **values)


def keys(rows: Any) -> list[str]:
    return [row.address_key for row in rows]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (WEDNESDAY, 1, datetime(2026, 3, 12, 15, tzinfo=UTC)),
        (WEDNESDAY, 3, datetime(2026, 3, 16, 15, tzinfo=UTC)),
        (WEDNESDAY, 10, datetime(2026, 3, 25, 15, tzinfo=UTC)),
        (datetime(2026, 3, 14, 9, tzinfo=UTC), 1, datetime(2026, 3, 16, 9, tzinfo=UTC)),
    ],
)
def test_business_days_leave_out_weekends(start: datetime, days: int, end: datetime) -> None:
    assert after_business_days(start, days) == end


@pytest.mark.parametrize(
    ("age", "name"),
    [
        (timedelta(minutes=14), None),
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(hours=48), "48 hours"),
        (timedelta(days=13), "48 hours"),
        (timedelta(days=14), "10 business days"),
    ],
)
def test_the_last_threshold_that_was_passed_is_named(age: timedelta, name: str | None) -> None:
    found = passed(WEDNESDAY, WEDNESDAY + age)
    assert (found.name if found else None) == name


def test_percentiles_of_what_became_effective_in_the_period() -> None:
    for minutes in range(1, 101):
        take_effect(withdraw(f"{minutes}", timedelta(days=1)), timedelta(minutes=minutes))
    take_effect(withdraw("old", timedelta(days=40)), timedelta(days=30))
    found = times(timezone.now() - timedelta(days=30))
    spans = [*found.percentiles.values(), found.longest]
    assert (found.count, spans) == (100, [timedelta(minutes=minutes) for minutes in (50, 90, 99, 100)])
    assert list(found.late.values()) == [86, 0, 0, 0]


def test_what_is_not_effective_waits_with_the_threshold_it_passed() -> None:
    withdraw("new")
    withdraw("old", timedelta(hours=30))
    take_effect(withdraw("done", timedelta(hours=30)), timedelta(hours=1))
    assert keys(waiting()) == ["old", "new"]
    assert (running().count, list(running().behind.values())) == (2, [1, 1, 0, 0])
    assert [row.threshold.name if row.threshold else None for row in explain(list(waiting()))] == ["24 hours", None]


def test_an_opt_out_that_a_later_withdrawal_brought_covers_the_earlier_one_too() -> None:
    withdraw("a", timedelta(hours=3))
    take_effect(withdraw("a", timedelta(hours=2)), timedelta(minutes=1))
    assert keys(waiting()) == []


def test_people_whom_iterable_does_not_have_are_listed_by_themselves() -> None:
    withdraw("absent")
    Presence.objects.create(address_key="absent", present=False, seen_at=timezone.now(), how="look_up")
    assert (keys(waiting()), keys(waiting_for_creation())) == ([], ["absent"])


def test_a_withdrawal_that_was_lifted_or_whose_person_was_forgotten_does_not_wait() -> None:
    withdraw("back", timedelta(hours=2))
    SubscriptionChangeFactory.create(address_key="back", verdict="granted")
    withdraw("gone")
    Erasure.objects.create(address_key="gone", iterable_hash="x", reason="asked", requested_by="x", requested_at=timezone.now())
    assert keys(waiting()) == []


@pytest.mark.usefixtures("catalogue")
def test_who_was_seen_unsubscribed_in_iterable_does_not_wait() -> None:
    withdraw("seen")
    withdraw("other")
    see("seen", unsubscribed_channel_ids=[7, MARKETING])
    see("other", unsubscribed_channel_ids=[7])
    assert keys(waiting()) == ["other"]


def test_the_clock_says_why_it_runs_and_stops_when_iterable_has_taken_the_opt_out(
    ready: Any, unsubscribe: Post, trial: Post, drain: Callable[[], None], people: People
) -> None:
    trial()
    drain()
    unsubscribe()
    page = signed_in(people.campaigns_owner).get("/admin/consent/subscriptionchange/clock/").content.decode()
    assert "Its unsubscribe is received. A worker takes it next" in page
    assert ANN in page

    from iterable_admin.inbox.processing import process_all

    process_all()
    (row,) = explain(list(waiting()))
    assert row.why.startswith("Its opt-out is ready.")
    drain()
    assert (keys(waiting()), times(timezone.now() - timedelta(days=1)).count) == ([], 1)


def test_a_withdrawal_with_nothing_on_its_way_says_so() -> None:
    withdraw("a")
    (row,) = explain(list(waiting()))
    assert row.why.startswith("In the ledger, and no opt-out is on its way")


def test_a_stuck_opt_out_names_who_mends_it() -> None:
    withdraw("a")
    Delivery.objects.create(
        operation="unsubscribe", lane="a", withdrawal=True, state="needs_you", reason_code="gave_up", created_at=timezone.now()
    )
    (row,) = explain(list(waiting()))
    assert row.why == "Its opt-out is needs you. The technical owner looks at its attempts, now; then retries it."


def test_the_clock_is_for_those_who_see_people(people: People, client: Client) -> None:
    assert signed_in(people.outsider).get("/admin/consent/subscriptionchange/clock/").status_code == 403
    assert client.get("/admin/consent/subscriptionchange/clock/").status_code == 302
