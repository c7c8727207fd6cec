"""Loads: people of whom nothing else is under way travel many to a call, and whoever cannot goes their own way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from contacts.consent.erasing.forgetting import forget
from contacts.consent.learning import learn_ids
from contacts.models import Membership, Presence
from contacts.presence import note_presence
from contacts.sync import loading
from contacts.sync.cancelling import cancel
from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from contacts.sync.reconciling import reconcile_rows
from contacts.sync.seed import seed_sync
from iterable_admin.addresses import address_key
from iterable_admin.outbox.claiming import claim
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Attempt, Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import SubscriptionChangeFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.iterable import HEADERS, fail, profile, put_profile, run_and_deliver, run_once, writes
from tests.sync.test_delivering import figures

pytestmark = pytest.mark.django_db(transaction=True)

COMPARED = [field.attname for field in SyncRow._meta.concrete_fields if field.attname not in ("id", "run_id", "updated_at")]
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


@pytest.fixture(autouse=True)
def _creating(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SMALLEST", 2)
    seed_sync()
    SyncDefinition.objects.update(mode=SyncDefinition.Mode.UPSERT)


def three(**changes: Any) -> list[dict[str, Any]]:
    return [person(email, **changes) for email in (ADA, BOB, EVE)]


def operations() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("operation", "email", "state"))


def test_whoever_was_accepted_is_present_from_then_on_whatever_was_seen_before(fill: Fill, sandbox: RunningSandbox) -> None:
    note_presence([address_key(ADA)], present=False, how="look_up")
    fill(*three())
    began = timezone.now()
    run_and_deliver()
    seen = Presence.objects.filter(present=True, how="accepted", seen_at__gte=began).values_list("address_key", flat=True)
    assert set(seen) == {address_key(email) for email in (ADA, BOB, EVE)}
    assert Presence.objects.count() == 3


def test_each_contact_of_a_load_has_the_memberships_of_its_own_row(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*(person(email, namespaces=[namespace(number)]) for number, email in enumerate((ADA, BOB, EVE), start=1)))
    run_and_deliver()
    [load] = Delivery.objects.filter(operation="load")
    assert sorted(Membership.objects.values_list("contact__email", "namespace")) == [(ADA, 1), (BOB, 2), (EVE, 3)]
    assert (load.payload["first"], load.payload["last"]) == (SyncRow.objects.earliest("pk").pk, SyncRow.objects.latest("pk").pk)


def test_people_travel_in_one_call_without_a_delivery_for_each(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run = run_and_deliver()
    assert (run.state, figures(run)) == ("completed", {"delivered": 3})
    assert operations() == [("load", "", "delivered")]
    attempt = Attempt.objects.get(endpoint="/api/users/bulkUpdate")
    assert (attempt.rows, attempt.accepted, attempt.refused) == (3, 3, 0)
    assert [(profile(sandbox, email) or {})["namespace_information"] for email in (ADA, EVE)] == [[namespace(7)]] * 2
    assert figures(run_and_deliver()) == {"unchanged": 3}


def test_of_a_few_people_each_has_a_delivery(fill: Fill, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SMALLEST", 4)
    fill(*three())
    run_and_deliver()
    assert set(operations()) == {("profile", email, "delivered") for email in (ADA, BOB, EVE)}


def test_a_row_of_a_load_says_what_a_row_of_its_own_delivery_says(
    fill: Fill, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for smallest in (2, 4):
        monkeypatch.setattr(loading, "SMALLEST", smallest)
        fill(*three())
        run_once()
        said.append(list(SyncRow.objects.order_by("email").values(*COMPARED)))
        SyncRun.objects.all().delete()
        Delivery.objects.all().delete()
    assert said[0] == said[1]
    assert [row["email"] for row in said[0]] == [ADA, BOB, EVE]


def test_what_does_not_fit_into_a_call_travels_in_the_next(
    fill: Fill, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "LARGEST_BYTES", 250)
    fill(*three())
    run = run_and_deliver()
    assert operations() == [("load", "", "delivered")] * 2
    assert list(Attempt.objects.filter(endpoint="/api/users/bulkUpdate").order_by("pk").values_list("rows", flat=True)) == [2, 1]
    assert figures(run) == {"delivered": 3}


def test_one_wrong_value_fails_its_own_person_only(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(person(ADA), person(BOB, namespaces=[namespace(7, CURRENT_MEMBER_COUNT=5)]), person(EVE))
    run = run_once()
    put_profile(sandbox, "first@example.com", namespace_information=[{"CURRENT_MEMBER_COUNT": "many", "NAMESPACE_ID": 1}])
    drain()
    assert figures(run) == {"delivered": 2, "failed": 1}
    assert SyncRow.objects.get(state="failed").email == BOB
    assert operations()[0] == ("load", "", "skipped")
    assert {email for _, email, state in operations() if state == "delivered"} == {ADA, EVE}


def test_whom_iterable_has_forgotten_is_refused_by_name_and_the_others_arrive(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, BOB)
    requests.post(f"{sandbox.url}/api/users/forget", json={"email": BOB}, headers=HEADERS, timeout=5).raise_for_status()
    fill(*three())
    run = run_and_deliver()
    assert figures(run) == {"delivered": 2, "skipped": 1}
    assert SyncRow.objects.get(state="skipped").reason_code == "forgotten"


def test_whoever_withdraws_before_the_load_leaves_is_opted_out_first(fill: Fill, sandbox: RunningSandbox) -> None:
    learn_ids()
    fill(*three())
    run = run_once()
    SubscriptionChangeFactory.create(address_key=address_key(BOB))
    drain()
    assert figures(run) == {"delivered": 3}
    assert writes(sandbox, BOB)[-1] == "/api/users/bulkUpdate"
    assert writes(sandbox, BOB)[0].startswith("/api/subscriptions/messageChannel/")
    assert writes(sandbox, ADA) == ["/api/users/bulkUpdate"]


def test_what_comes_later_about_somebody_leaves_after_their_load(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three(first_name="Old"))
    run_once()
    newer = {"namespace_information": [namespace(8)]}
    enqueue([profile_update(BOB, newer, Cause("event", "1"))])
    load = Delivery.objects.get(operation="load")
    Delivery.objects.filter(pk=load.pk).update(state="waiting", next_attempt_at=timezone.now() + timedelta(hours=1))
    drain(linger=timedelta())
    later = Delivery.objects.get(email=BOB)
    assert (later.state, later.reason) == ("held", f"Waits for load {load.pk} of the sync, in which this person travels.")
    Delivery.objects.update(next_attempt_at=timezone.now())
    drain()
    Delivery.objects.filter(state="held").update(next_attempt_at=timezone.now())
    drain()
    assert (profile(sandbox, BOB) or {})["namespace_information"] == [namespace(8)]


def test_a_change_met_by_the_next_run_leaves_after_the_load_of_the_last(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run_once()
    load = Delivery.objects.get(operation="load")
    Delivery.objects.filter(pk=load.pk).update(state="waiting", next_attempt_at=timezone.now() + timedelta(hours=1))
    fill(*three(namespaces=[namespace(8)]))
    run_and_deliver()
    assert set(Delivery.objects.filter(operation="profile").values_list("state", "reason_code")) == {("held", "load")}
    Delivery.objects.update(next_attempt_at=timezone.now())
    drain()
    Delivery.objects.filter(state="held").update(next_attempt_at=timezone.now())
    drain()
    assert [each["NAMESPACE_ID"] for each in (profile(sandbox, BOB) or {})["namespace_information"]] == [8]


def test_an_older_load_waits_for_no_newer_one(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run_once()
    fill(*three(namespaces=[namespace(8)]))
    run_once()
    newer = Delivery.objects.filter(operation="load").latest("pk")
    Delivery.objects.filter(pk=newer.pk).update(state="waiting", next_attempt_at=timezone.now() + timedelta(hours=1))
    drain(linger=timedelta())
    assert operations() == [("load", "", "delivered"), ("load", "", "waiting")]


def test_nobody_is_created_twice_while_their_load_waits(fill: Fill, sandbox: RunningSandbox) -> None:
    note_presence([address_key(email) for email in (ADA, BOB, EVE)], present=False, how="listing")
    fill(*three())
    run_once()
    again = run_once()
    assert (again.enqueued, again.skipped_reasons) == (0, {"already_under_way": 3})
    assert operations() == [("load", "", "ready")]


def test_a_load_whose_worker_died_goes_again_and_after_two_deaths_one_by_one(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run = run_once()
    for deaths in (0, 1):
        (load,) = claim("load", 1)
        assert load.deaths == deaths
        Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    drain()
    assert operations()[0] == ("load", "", "skipped")
    assert set(operations()[1:]) == {("profile", email, "delivered") for email in (ADA, BOB, EVE)}
    assert figures(run) == {"delivered": 3}


def test_an_outage_keeps_the_load_together_and_a_lasting_500_takes_it_apart(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run = run_once()
    for tries in (1, 2):
        fail(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 500}])
        drain()
        load = Delivery.objects.get()
        assert (load.state, load.attempts) == ("waiting", tries)
        Delivery.objects.update(next_attempt_at=timezone.now())
    fail(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 500}])
    drain()
    assert operations()[0] == ("load", "", "skipped")
    assert figures(run) == {"delivered": 3}


def test_a_cancelled_run_takes_its_loads_back(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run = run_once()
    assert cancel(run) == "3 rows that had not left were taken back."
    drain()
    assert figures(run) == {"skipped": 3}
    assert [profile(sandbox, email) for email in (ADA, BOB, EVE)] == [None, None, None]
    assert figures(run_and_deliver()) == {"delivered": 3}


def test_while_observing_each_person_is_told_of(fill: Fill, sandbox: RunningSandbox, settings: Any) -> None:
    settings.SENDING = "observe"
    fill(*three())
    run = run_and_deliver()
    assert figures(run) == {"skipped": 3}
    assert set(Delivery.objects.filter(operation="profile").values_list("reason_code", flat=True)) == {"would_send"}
    assert profile(sandbox, ADA) is None


def test_nothing_of_an_erased_person_travels(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run = run_once()
    forget(BOB, "asked", "Ada")
    drain()
    assert "/api/users/bulkUpdate" not in writes(sandbox, BOB)
    assert profile(sandbox, ADA) is not None
    assert figures(run) == {"delivered": 2, "skipped": 1}


def test_rows_of_a_waiting_load_are_not_taken_for_lost(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run_once()
    SyncRow.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert reconcile_rows() == 0
    assert set(SyncRow.objects.values_list("state", flat=True)) == {"enqueued"}


def test_a_second_run_knows_what_is_under_way_in_a_load(fill: Fill, sandbox: RunningSandbox) -> None:
    fill(*three())
    run_once()
    SyncRun.objects.update(state="completed")
    again = run_once()
    assert (again.enqueued, again.skipped_reasons) == (0, {"already_under_way": 3})
    assert Delivery.objects.count() == 1
