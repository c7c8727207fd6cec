from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from contacts.sync import tasks
from contacts.sync.counting import recount_runs
from contacts.sync.models import SyncRow, SyncRun
from contacts.sync.operating import dismiss_rows, dry_run, retry_failed_rows, run_again, run_now
from contacts.sync.pages.progress import progress_of
from contacts.sync.reconciling import reconcile_rows
from contacts.sync.starting import RunUnderWay
from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.retrying import give_up
from tests.factories import SyncRowFactory, SyncRunFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.definitions import shipped
from tests.sync.iterable import run_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def queued() -> list[tuple[str, tuple[int, ...], str]]:
    return [(task.task["func"], task.task["args"], task.task["cluster"]) for task in OrmQ.objects.all()]


def test_run_now_is_queued_on_the_syncs_cluster_and_written_down(operator: User) -> None:
    run = run_now(operator, "after the repair")
    [(task, arguments, cluster)] = queued()
    assert (task, arguments, cluster) == ("contacts.sync.tasks.start_sync", (run.pk,), "sync")
    action = OperatorAction.objects.get()
    assert (action.verb, action.reason, action.actor, action.result) == (
        "run now",
        "after the repair",
        operator,
        f"Started {run}.",
    )
    assert (run.trigger, run.started_by_id) == ("operator", operator.pk)


def test_a_run_that_is_refused_queues_nothing_and_writes_nothing_down(operator: User) -> None:
    run_now(operator, "first")
    with pytest.raises(RunUnderWay):
        run_now(operator, "second")
    assert (len(queued()), OperatorAction.objects.count(), SyncRun.objects.count()) == (1, 1, 1)


def test_no_operation_goes_without_a_reason(operator: User) -> None:
    with pytest.raises(Permanent):
        run_now(operator, " ")
    assert (queued(), SyncRun.objects.count()) == ([], 0)


def test_run_again_keeps_the_limit_and_the_old_run(operator: User) -> None:
    failed = SyncRunFactory.create(state="failed", limit=5)
    again = run_again(failed, operator, "source is back")
    failed.refresh_from_db()
    assert (again.limit, again.state, failed.state) == (5, "running", "failed")


def test_a_dry_run_keeps_its_plan_and_sends_nothing(fill: Fill, operator: User) -> None:
    fill(person(), person("b@example.com"), person("c"))
    run = dry_run(operator, "what would happen?")
    tasks.start_sync(run.pk)
    run.refresh_from_db()
    assert (run.state, run.read, run.plan["to_send"], run.enqueued, run.skipped) == ("completed", 3, 2, 0, 1)
    assert sorted(run.rows.values_list("state", "kind")) == [("planned", "added"), ("planned", "added"), ("skipped", "")]
    assert not Delivery.objects.exists()


def test_rows_that_could_not_be_read_are_left_to_another_run(operator: User) -> None:
    row = SyncRowFactory.create(state="failed", reason_code="unreadable_namespaces", run__state="with_errors")
    assert retry_failed_rows(row.run, operator, "try") == 0
    row.refresh_from_db()
    assert (row.state, OperatorAction.objects.get().count) == ("failed", 0)


def test_a_dismissed_row_that_is_retried_is_seen_again_should_it_fail(fill: Fill, operator: User) -> None:
    fill(person())
    run = run_once()
    run.rows.update(state="failed", reason_code="permanent")
    dismiss_rows(run, operator, "known", "permanent")
    assert retry_failed_rows(run, operator, "mended") == 1
    row = run.rows.get()
    assert (row.state, row.dismissed_at, row.dismissed_by, row.dismissal) == ("enqueued", None, "", "")


def test_a_delivery_that_was_given_up_does_not_keep_its_run_open(fill: Fill) -> None:
    fill(person())
    run = run_once()
    Delivery.objects.update(state="waiting")
    give_up(Delivery.objects.all(), "not wanted")
    assert reconcile_rows() == 0
    SyncRow.objects.update(updated_at=timezone.now() - timedelta(minutes=11))
    tasks.sweep_syncs()
    run.refresh_from_db()
    assert (run.state, run.skipped_reasons, run.rows.get().state) == ("completed", {"given_up": 1}, "skipped")


def test_a_delivery_that_is_gone_fails_its_row(fill: Fill) -> None:
    fill(person())
    run = run_once()
    Delivery.objects.all().delete()
    SyncRow.objects.update(updated_at=timezone.now() - timedelta(minutes=11))
    assert reconcile_rows() == 1
    run.refresh_from_db()
    assert (run.state, run.failed, run.rows.get().reason_code) == ("with_errors", 1, "delivery_gone")


def test_a_delivery_still_open_is_waited_for(fill: Fill) -> None:
    fill(person())
    run_once()
    SyncRow.objects.update(updated_at=timezone.now() - timedelta(days=3))
    assert reconcile_rows() == 0


def test_a_run_whose_rows_are_retried_keeps_its_first_end_and_says_so(fill: Fill, operator: User) -> None:
    fill(person())
    run = run_once()
    night = timezone.now() - timedelta(hours=20)
    SyncRun.objects.update(state="with_errors", finished_at=night)
    run.rows.update(state="failed", reason_code="permanent")
    Delivery.objects.all().delete()
    retry_failed_rows(run, operator, "mended")
    run.refresh_from_db()
    assert (run.state, run.finished_at) == ("delivering", night)
    assert progress_of(run).phase.endswith(", and sending rows again")
    run.rows.update(state="delivered")
    with transaction.atomic():
        recount_runs([run.pk])
    run.refresh_from_db()
    assert (run.state, run.finished_at) == ("completed", night)


def test_an_event_still_on_its_way_is_waited_for_and_one_given_up_ends_its_row(fill: Fill) -> None:
    first = namespace(7, CREATED_AT="2023-01-01 00:00:00.000", CREATOR_USER_ID=1, USER_ID=1)
    fill(person(gitlab_dotcom_user_id=1, namespaces=[first]))
    run = run_once(shipped("first-namespace-event"))
    SyncRow.objects.update(updated_at=timezone.now() - timedelta(minutes=11))
    assert (reconcile_rows(), run.rows.get().state) == (0, "enqueued")
    Delivery.objects.update(state="waiting")
    give_up(Delivery.objects.filter(operation="track"), "not wanted")
    SyncRow.objects.update(state="enqueued", updated_at=timezone.now() - timedelta(minutes=11))
    assert reconcile_rows() == 1
    assert (run.rows.get().state, run.rows.get().reason_code) == ("skipped", "given_up")
