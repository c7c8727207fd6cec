from __future__ import annotations

import pytest

from contacts.consent.learning import learn_ids
from contacts.presence import note_presence
from contacts.sync.counting import under_way
from contacts.sync.fingerprint import fingerprint
from contacts.sync.models import SyncRow, SyncRun, SyncState
from contacts.sync.retrying import retry_rows
from iterable_admin.addresses import address_key
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import retry
from iterable_admin.sandbox import RunningSandbox
from tests.factories import SubscriptionChangeFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.iterable import fail, profile, put_profile, run_and_deliver, run_once, writes

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB = "ada@example.com", "bob@example.com"


def figures(run: SyncRun) -> dict[str, int]:
    run.refresh_from_db()
    names = ("unchanged", "skipped", "failed", "delivered")
    found = {name: getattr(run, name) for name in names} | {"under_way": under_way(run)}
    assert run.read == sum(found.values())
    return {name: number for name, number in found.items() if number}


def test_known_people_are_updated_and_unknown_ones_are_never_created(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, namespaces=[namespace(9), namespace(7)]), person(BOB))
    run = run_and_deliver()
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields["namespace_information"] == [namespace(7), namespace(9)]
    assert fields["firstName"] == "Ada"
    assert profile(sandbox, BOB) is None
    assert (run.state, figures(run)) == ("completed", {"delivered": 1, "skipped": 1})
    assert run.skipped_reasons == {"not_in_iterable": 1}


def test_what_iterable_holds_as_a_date_is_sent_as_one(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, namespace_information=[{"CREATED_AT": "2023-06-08 17:31:55"}])
    told = namespace(7, CREATED_AT="2023-06-08 17:31:55.883", TRIAL_START_DATE="2023-06-08 00:00:00.000")
    fill(person(ADA, namespaces=[told]))
    assert figures(run_and_deliver()) == {"delivered": 1}
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields["namespace_information"] == [told | {"CREATED_AT": "2023-06-08 17:31:55 +00:00"}]
    assert figures(run_and_deliver()) == {"unchanged": 1}


def test_a_retry_sends_dates_as_the_run_does(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, namespace_information=[{"CREATED_AT": "2023-06-08 17:31:55"}])
    fill(person(ADA, namespaces=[namespace(7, CREATED_AT="2023-06-08 17:31:55.883")]))
    run = run_and_deliver()
    SyncState.objects.all().delete()
    SyncRow.objects.update(state=SyncRow.State.FAILED)
    retry_rows(SyncRow.objects.all())
    drain()
    assert figures(run) == {"delivered": 1}


def test_what_iterable_accepted_is_remembered(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    run_and_deliver()
    state = SyncState.objects.get()
    assert (state.address_key, state.accepted) == (address_key(ADA), {"namespace_information": [namespace(7)]})
    assert state.fingerprint == fingerprint(state.accepted) == SyncRow.objects.get().fingerprint


def test_a_second_run_over_unchanged_or_shuffled_data_sends_nothing(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, namespaces=[namespace(7), namespace(9)]))
    run_and_deliver()
    before = writes(sandbox, ADA)
    assert figures(run_and_deliver()) == {"unchanged": 1}
    fill(person(ADA, namespaces=[namespace(9), namespace(7)]))
    assert figures(run_and_deliver()) == {"unchanged": 1}
    assert writes(sandbox, ADA) == before


def test_one_changed_plan_title_sends_one_profile(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, BOB)
    fill(person(ADA), person(BOB))
    run_and_deliver()
    fill(person(ADA, namespaces=[namespace(7, GITLAB_PLAN_TITLE="Premium")]), person(BOB))
    run = run_and_deliver()
    assert figures(run) == {"unchanged": 1, "delivered": 1}
    assert run.rows.get().changed_fields == ["7.GITLAB_PLAN_TITLE"]
    assert len(writes(sandbox, BOB)) == 2


def test_a_withdrawal_is_applied_before_the_update(fill: Fill, sandbox: RunningSandbox, seeded: None) -> None:
    learn_ids()
    put_profile(sandbox, ADA)
    SubscriptionChangeFactory.create(address_key=address_key(ADA))
    fill(person(ADA))
    assert figures(run_and_deliver()) == {"delivered": 1}
    made, *opted_out, updated = writes(sandbox, ADA)
    assert ["/api/subscriptions/" in path for path in opted_out] == [True, True]
    assert (made, updated) == ("/api/users/update", "/api/users/bulkUpdate")


def test_a_withdrawal_of_somebody_absent_creates_nobody(fill: Fill, sandbox: RunningSandbox, seeded: None) -> None:
    learn_ids()
    SubscriptionChangeFactory.create(address_key=address_key(ADA))
    fill(person(ADA))
    assert figures(run_and_deliver()) == {"skipped": 1}
    assert writes(sandbox, ADA) == []
    assert set(Delivery.objects.exclude(operation="look_up").values_list("state", "reason_code")) == {
        ("skipped", "not_in_iterable")
    }


def test_somebody_who_left_iterable_and_came_back_is_sent_everything_anew(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    run_and_deliver()
    note_presence([address_key(ADA)], present=False, how="webhook")
    assert figures(run_and_deliver()) == {"skipped": 1}
    assert list(SyncState.objects.values_list("fingerprint", "accepted")) == [("", {})]
    note_presence([address_key(ADA)], present=True, how="look_up")
    assert figures(run_and_deliver()) == {"delivered": 1}


def refuse_updates(sandbox: RunningSandbox) -> None:
    fail(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 400}])


def test_a_refused_update_fails_its_row_and_a_retry_of_the_delivery_mends_the_run(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    refuse_updates(sandbox)
    run = run_and_deliver()
    assert (run.state, figures(run)) == ("with_errors", {"failed": 1})
    retry(Delivery.objects.filter(state="needs_you"))
    drain()
    assert figures(run) == {"delivered": 1}
    assert run.state == "completed"


def test_a_retried_row_sends_the_newest_values_and_replaces_its_old_delivery(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    refuse_updates(sandbox)
    first = run_and_deliver()
    fill(person(ADA, namespaces=[namespace(7, GITLAB_PLAN_TITLE="Premium")]))
    refuse_updates(sandbox)
    run_and_deliver()
    assert retry_rows(first.rows.all()) == 1
    assert figures(first) == {"under_way": 1}
    assert first.state == "delivering"
    drain()
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields["namespace_information"] == [namespace(7, GITLAB_PLAN_TITLE="Premium")]
    assert (figures(first), first.state) == ({"delivered": 1}, "completed")
    old = Delivery.objects.filter(cause_id=str(first.rows.get().pk), operation="profile").earliest("pk")
    assert (old.state, old.reason_code) == ("skipped", "given_up")


def test_a_retried_row_whose_values_were_delivered_meanwhile_has_nothing_to_send(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    refuse_updates(sandbox)
    first = run_and_deliver()
    run_and_deliver()
    before = writes(sandbox, ADA)
    assert retry_rows(first.rows.all()) == 1
    drain()
    assert (first.rows.get().reason_code, figures(first), first.state) == ("nothing_to_send", {"skipped": 1}, "completed")
    assert writes(sandbox, ADA) == before


def test_a_failed_look_up_fails_the_row_and_nothing_is_sent_until_it_is_retried(
    fill: Fill, sandbox: RunningSandbox, seeded: None
) -> None:
    learn_ids()
    put_profile(sandbox, ADA)
    SubscriptionChangeFactory.create(address_key=address_key(ADA))
    fill(person(ADA))
    fail(sandbox, fail_next=[{"path": "/api/users/getByEmail", "status": 400}])
    run = run_and_deliver()
    assert (run.rows.get().reason_code, run.state, len(writes(sandbox, ADA))) == ("look_up_failed", "with_errors", 1)
    retry_rows(run.rows.all())
    Delivery.objects.filter(state="held").update(next_attempt_at=None, state="ready")
    drain()
    assert (figures(run), run.state) == ({"delivered": 1}, "completed")
    assert writes(sandbox, ADA)[-1] == "/api/users/bulkUpdate"


def test_a_run_that_an_empty_source_stopped_goes_green_by_running_again(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill()
    assert run_once().state == "stopped"
    fill(person(ADA))
    assert run_and_deliver().state == "completed"
