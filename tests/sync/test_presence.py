from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.listing import list_everybody, list_nightly
from contacts.models import Listing, Presence
from contacts.presence import note_presence, presence_by_listing, presence_of
from iterable_admin.addresses import address_key
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.sync.conftest import Fill, person
from tests.sync.iterable import fail, put_profile, run_and_deliver, run_once

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB, CAT = "ada@example.com", "bob@example.com", "cat@example.com"
KEYS = [address_key(email) for email in (ADA, BOB, CAT)]


def test_whoever_is_on_the_listing_is_present_and_nobody_else_is(sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    listing = list_everybody()
    assert (listing.state, listing.people, listing.error) == ("completed", 1, "")
    assert presence_by_listing(KEYS) == dict(zip(KEYS, [True, False, False], strict=True))
    assert presence_of(KEYS) == {KEYS[0]: True}


def test_a_listing_that_lost_most_people_is_believed_only_once_the_next_says_the_same(sandbox: RunningSandbox) -> None:
    Listing.objects.create(started_at=timezone.now() - timedelta(days=5), state="completed", people=3)
    put_profile(sandbox, ADA)
    suspicious = list_everybody()
    assert (suspicious.state, suspicious.people) == ("failed", 1)
    assert suspicious.error.startswith("Iterable's export of users names suspiciously few people: 1, 3 on ")
    assert presence_by_listing(KEYS) == {KEYS[0]: True}
    assert list_everybody().state == "completed"
    assert presence_by_listing(KEYS) == dict(zip(KEYS, [True, False, False], strict=True))


def test_whoever_was_seen_since_the_listing_is_believed(sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    list_everybody()
    note_presence([KEYS[0]], present=False, how="webhook")
    note_presence([KEYS[1]], present=True, how="accepted")
    assert presence_by_listing(KEYS) == dict(zip(KEYS, [False, True, False], strict=True))


def test_after_a_listing_the_sync_asks_for_nobody(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    list_everybody()
    fill(person(ADA), person(BOB))
    run = run_and_deliver()
    assert (run.delivered, run.skipped_reasons) == (1, {"not_in_iterable": 1})
    assert list(Delivery.objects.values_list("operation", flat=True)) == ["profile"]


def test_whoever_is_absent_again_the_next_night_is_counted_without_a_row(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    list_everybody()
    fill(person(ADA), person(BOB))
    run_and_deliver()
    second = run_once()
    assert (second.read, second.unchanged, second.skipped_reasons) == (2, 1, {"not_in_iterable": 1})
    assert not second.rows.exists()


def test_an_old_listing_tells_nothing(sandbox: RunningSandbox) -> None:
    list_everybody()
    Listing.objects.update(started_at=timezone.now() - timedelta(hours=37))
    assert presence_by_listing(KEYS) == {}


def test_a_listing_that_fails_says_why_and_nobody_is_taken_for_absent(sandbox: RunningSandbox, settings: Any) -> None:
    fail(sandbox, fail_next=[{"path": "/api/export/start", "status": 400}])
    listing = list_everybody()
    assert listing.state == "failed"
    assert listing.error != ""
    assert (presence_by_listing(KEYS), Presence.objects.count()) == ({}, 0)


def test_one_listing_at_a_time_and_a_dead_one_is_closed(sandbox: RunningSandbox) -> None:
    running = Listing.objects.create(started_at=timezone.now())
    list_nightly()
    assert Listing.objects.count() == 1
    Listing.objects.update(started_at=timezone.now() - timedelta(hours=7))
    list_nightly()
    running.refresh_from_db()
    assert (running.state, Listing.objects.latest("id").state) == ("failed", "completed")
