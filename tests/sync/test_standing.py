"""Where people stand: who left, vanished or returned, and what others overwrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from django.db import transaction
from django.utils import timezone

from contacts.models import Contact
from contacts.sync import running, tasks
from contacts.sync.cancelling import cancel
from contacts.sync.comparing import Compared
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncRun, SyncState
from contacts.sync.running import carry_out
from contacts.sync.staging.stage import Stage
from contacts.sync.starting import start_run, take
from contacts.sync.writing import write_batch
from iterable_admin.errors import Permanent
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.sync.conftest import Fill, namespace, person
from tests.sync.definitions import thresholds
from tests.sync.iterable import profile, put_profile, run_and_deliver, run_once
from tests.sync.test_starting import dead_process

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB = "ada@example.com", "bob@example.com"


def test_who_grew_too_old_left_and_who_is_missing_vanished(fill: Fill) -> None:
    thresholds(fewest_rows_percent=0)
    almost = (timezone.now() - timedelta(days=58)).replace(tzinfo=None)
    fill(person(ADA), person(BOB, gitlab_dotcom_created_date=almost), person("c@example.com"))
    run_once()
    SyncState.objects.filter(account_created_at__lt=timezone.now() - timedelta(days=50)).update(
        account_created_at=timezone.now() - timedelta(days=63)
    )
    fill(person("c@example.com"))
    run = run_once()
    assert (run.left, run.vanished) == (1, 1)
    assert sorted(SyncState.objects.values_list("gone", flat=True)) == ["", "left", "vanished"]
    assert sorted(Contact.objects.filter(in_warehouse_at=None).values_list("email", flat=True)) == [ADA, BOB]


def test_who_comes_back_has_returned_and_is_compared_with_what_was_accepted(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, BOB)
    fill(person(ADA), person(BOB))
    run_and_deliver()
    fill(person(BOB))
    run_and_deliver()
    fill(person(ADA, namespaces=[namespace(8)]), person(BOB))
    run = run_and_deliver()
    assert (run.delivered, run.unchanged, run.rows.get().kind) == (1, 1, "returned")
    assert SyncState.objects.filter(gone="").count() == 2


@pytest.mark.parametrize(
    "shuffled",
    [
        [namespace(9, LIST_OF_STAGES=["plan", "create"]), namespace(7)],
        [namespace(7), namespace(9, LIST_OF_STAGES=["create", "plan"]), namespace(7)],
        [namespace(7, GLM_SOURCE=None), dict(reversed(namespace(9, LIST_OF_STAGES=["create", "plan"]).items()))],
    ],
)
def test_order_repeats_and_nulls_are_no_change_and_nobody_is_looked_at(
    fill: Fill, monkeypatch: pytest.MonkeyPatch, shuffled: list[dict[str, object]]
) -> None:
    row = person(ADA, namespaces=[namespace(7), namespace(9, LIST_OF_STAGES=["create", "plan"])])
    fill(row)
    run_once()
    SyncState.objects.update(fingerprint=SyncState.objects.get().wanted)
    monkeypatch.setattr("contacts.sync.examining.classify", lambda *arguments: pytest.fail("somebody was looked at"))
    fill({**row, "namespaces_array": orjson.dumps(shuffled).decode()})
    assert run_once().unchanged == 1


def test_numbers_in_another_form_are_no_change(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, namespaces=[namespace(7, CURRENT_MEMBER_COUNT=1)]))
    run_and_deliver()
    for form in (1.0, "1"):
        fill(person(ADA, namespaces=[namespace(7, CURRENT_MEMBER_COUNT=form)]))
        assert run_and_deliver().unchanged == 1


def test_a_field_that_somebody_else_wrote_is_sent_again(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    run_and_deliver()
    enqueue([profile_update(ADA, {"namespace_information": []}, Cause("event", "1"))])
    drain()
    assert run_and_deliver().delivered == 1
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields["namespace_information"] == [namespace(7)]


def test_another_field_that_somebody_else_wrote_changes_nothing(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    run_and_deliver()
    enqueue([profile_update(ADA, {"company": "A"}, Cause("event", "1"))])
    drain()
    assert run_and_deliver().unchanged == 1


def test_what_failed_is_sent_with_the_newest_values_and_the_old_delivery_is_put_away(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    failed = run_once()
    Delivery.objects.filter(operation="profile").update(state="needs_you", reason_code="invalid")
    failed.rows.update(state="failed")
    with transaction.atomic():
        recount_runs([failed.pk])
    fill(person(ADA, namespaces=[namespace(8)]))
    assert run_and_deliver().delivered == 1
    assert sorted(Delivery.objects.filter(operation="profile").values_list("state", flat=True)) == ["delivered", "skipped"]
    assert failed.rows.get().state == "failed"


def test_a_cancelled_run_takes_back_what_has_not_left(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    run = run_once()
    assert cancel(run) == "1 rows that had not left were taken back."
    drain()
    run.refresh_from_db()
    assert (run.state, run.stop_code, run.skipped_reasons) == ("stopped", "cancelled", {"cancelled": 1})
    assert "namespace_information" not in (profile(sandbox, ADA) or {})
    assert run_and_deliver().delivered == 1


def test_a_run_that_has_ended_cannot_be_cancelled(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA))
    with pytest.raises(Permanent, match="is not under way: it is completed"):
        cancel(run_and_deliver())


def test_a_run_cancelled_while_it_reads_ends_itself_and_sends_nothing(fill: Fill) -> None:
    fill(person(ADA))
    run = start_run("command")
    take(run)
    cancel(run)
    carry_out(run)
    assert (run.state, run.stop_code, Delivery.objects.count()) == ("stopped", "cancelled", 0)


def test_a_run_whose_process_died_is_taken_up_by_another_and_counts_everybody_once(
    fill: Fill, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contacts.sync.classifying.PEOPLE_A_BATCH", 2)
    emails = [f"p{number}@example.com" for number in range(5)]
    put_profile(sandbox, *emails)
    fill(*map(person, emails))
    run = start_run("schedule")
    take(run)
    die_after_the_first_batch(monkeypatch, lambda: carry_out(run))
    drain()
    SyncRun.objects.update(state="running", process=dead_process(), error="", finished_at=None)
    tasks.sweep_syncs()
    tasks.start_sync(run.pk)
    drain()
    run.refresh_from_db()
    assert (run.state, run.takes, run.read, run.delivered, run.enqueued) == ("completed", 2, 5, 5, 5)
    assert run.rows.count() == 5


def die_after_the_first_batch(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    written: list[Compared] = []

    def once(run: SyncRun, stage: Stage, compared: Compared) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(compared)
        write_batch(run, stage, compared)

    monkeypatch.setattr(running, "write_batch", once)
    with pytest.raises(KeyboardInterrupt):
        act()
    monkeypatch.setattr(running, "write_batch", write_batch)


def test_a_run_that_kills_every_process_fails_after_three(fill: Fill) -> None:
    fill(person(ADA))
    run = start_run("schedule")
    SyncRun.objects.update(process=dead_process(), takes=3)
    tasks.sweep_syncs()
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.error.endswith("3 times. What it enqueued is delivered; the next run does what is left.")


def test_a_column_that_nothing_is_made_of_is_no_change(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    row = person(ADA)
    fill(row)
    run_once()
    SyncState.objects.update(fingerprint=SyncState.objects.get().wanted)
    monkeypatch.setattr("contacts.sync.examining.classify", lambda *arguments: pytest.fail("somebody was looked at"))
    fill({**row, "job_title": "Analyst"})
    assert run_once().unchanged == 1
