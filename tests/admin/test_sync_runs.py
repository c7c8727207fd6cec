"""The page of a run: how far it is, what became of its rows and why, and what can be done to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.sync.models import SyncDefinition, SyncRow, SyncRun
from contacts.sync.next_steps import AFTER_AN_UNDO
from iterable_admin.audit.models import OperatorAction
from tests.factories import SyncDefinitionFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db

PAGE_QUERIES, PROGRESS_QUERIES = 15, 5
PLAN = {
    "to_send": 2,
    "kinds": {"changed": 2},
    "fields": {"company": 2},
    "bulk_calls": 1,
    "look_ups": 3,
    "minutes": 0.5,
    "largest_batch_bytes": 2_000_000,
    "opt_outs": 4,
    "objections": ["Only 2 rows, where 90 are usual."],
}


def page(client: Client, run: SyncRun) -> str:
    return " ".join(client.get(reverse("admin:sync_syncrun_change", args=[run.pk])).content.decode().split())


def do(client: Client, run: SyncRun, name: str, **data: Any) -> Any:
    return client.post(reverse("admin:sync_syncrun_do", args=[run.pk, name]), {"reason": "Because", **data}, follow=True)


def stopped(**values: Any) -> SyncRun:
    return SyncRunFactory.create(state="stopped", stop_code="guard", error="Only 2 rows.", plan=PLAN, read=2, **values)


def test_a_page_costs_the_same_whatever_its_run_holds(technical: Client) -> None:
    run = SyncRunFactory.create(state="with_errors", plan=PLAN, failed=1, rowless={"erased": 1})
    SyncRowFactory.create(run=run, state="failed", reason_code="permanent", after={"company": "A"})
    page(technical, run)  # the first one of a process also looks up the content type
    with CaptureQueriesContext(connection) as few:
        page(technical, run)
    SyncRowFactory.create_batch(9, run=run, state="failed", reason_code="gave_up", after={"company": "A"})
    SyncRowFactory.create_batch(5, run=run, state="skipped", clash="mailbox x")
    SyncRunFactory.create_batch(3, definition=run.definition, undoes=run, rowless={"erased": 4})
    with CaptureQueriesContext(connection) as many:
        page(technical, run)
    assert (len(few), len(many)) == (PAGE_QUERIES, PAGE_QUERIES)


def test_progress_is_told_in_a_few_words_and_queries(technical: Client) -> None:
    run = SyncRunFactory.create(state="running", process="host 1", plan={"to_send": 9}, expected=100, read=25)
    url = reverse("admin:sync_syncrun_progress", args=[run.pk])
    with CaptureQueriesContext(connection) as queries:
        told = technical.get(url).json()
    assert (told["phase"], told["rows"], told["width"]) == ("comparing and handing over", "25 of 100 rows", 250)
    assert (told["state"], told["under_way"], len(queries)) == ("running", True, PROGRESS_QUERIES)
    assert "rows a second" in told["pace"]


@pytest.mark.parametrize(
    ("values", "phase", "rows"),
    [
        ({"process": ""}, "waiting for a worker of the sync's cluster", "0 rows so far"),
        ({"process": "host 1", "expected": 7}, "reading the source", "7 rows so far"),
    ],
)
def test_each_phase_is_named(technical: Client, values: dict[str, Any], phase: str, rows: str) -> None:
    run = SyncRunFactory.create(state="running", **values)
    told = technical.get(reverse("admin:sync_syncrun_progress", args=[run.pk])).json()
    assert (told["phase"], told["rows"]) == (phase, rows)


def test_while_the_source_is_read_the_usual_number_of_rows_is_what_is_expected(technical: Client) -> None:
    earlier = SyncRunFactory.create(read=90)
    run = SyncRunFactory.create(definition=earlier.definition, state="running", process="host 1", expected=30)
    told = technical.get(reverse("admin:sync_syncrun_progress", args=[run.pk])).json()
    assert (told["rows"], told["width"]) == ("30 of about 90 rows", 333)


def test_while_delivering_the_rows_that_ended_are_counted(technical: Client) -> None:
    run = SyncRunFactory.create(state="delivering", enqueued=4)
    SyncRowFactory.create_batch(3, run=run, state="enqueued")
    told = technical.get(reverse("admin:sync_syncrun_progress", args=[run.pk])).json()
    assert (told["phase"], told["rows"]) == ("sending what changed", "1 of 4 rows")


def test_the_script_is_there_only_while_a_run_is_under_way(technical: Client) -> None:
    under_way, ended = SyncRunFactory.create(state="delivering"), SyncRunFactory.create()
    assert "iterable_admin/progress.js" in page(technical, under_way)
    assert "progress.js" not in page(technical, ended)


def test_progress_is_for_those_who_may_see_runs(campaigns: Client, outsider: Client, business: Client) -> None:
    url = reverse("admin:sync_syncrun_progress", args=[SyncRunFactory.create().pk])
    assert [client.get(url).status_code for client in (campaigns, outsider, business)] == [403, 403, 200]


def test_what_became_of_the_rows_stands_in_numbers(technical: Client) -> None:
    run = SyncRunFactory.create(read=1_000, unchanged=900, enqueued=80, delivered=70, skipped=20, failed=10, left=3, vanished=4)
    words = page(technical, run)
    for bar in (
        'read</th><td class="figure">1,000',
        'unchanged</th><td class="figure">900',
        'accepted</th><td class="figure">70',
    ):
        assert bar in words
    assert '<rect class="bar-quiet" width="900" height="10">' in words
    assert "3 left the window, 4 vanished from the source" in words


def test_reasons_are_grouped_with_what_to_do_and_when_they_were_first_seen(technical: Client) -> None:
    definition = SyncDefinitionFactory.create()
    earlier = SyncRunFactory.create(definition=definition, started_at="2026-01-02T03:04:05Z")
    SyncRowFactory.create(run=earlier, state="failed", reason_code="permanent")
    run = SyncRunFactory.create(definition=definition, state="with_errors", failed=2, rowless={"never_logged_in": 6})
    SyncRowFactory.create_batch(2, run=run, state="failed", reason_code="permanent")
    words = page(technical, run)
    assert "2026-01-02 03:04:05 UTC" in words
    assert f'run__id__exact={run.pk}&amp;state__exact=failed&amp;reason_code=permanent">2</a>' in words
    assert "The same again would be refused again: the technical owner mends the data or the rule" in words
    assert "Never logged in to GitLab.com (SYNC_SKIP_NEVER_LOGGED_IN)." in words


def test_the_plan_shows_figures_samples_and_what_the_guards_object(technical: Client) -> None:
    run = stopped()
    SyncRowFactory.create(run=run, state="planned", kind="changed", before={"company": "Old Ltd"}, after={"company": "New Ltd"})
    words = page(technical, run)
    assert "A guard objects: Only 2 rows, where 90 are usual." in words
    for figure in ("0.5 minutes", "2.00 of 4 MB", "<dt>Look-ups</dt><dd>3", "<dt>Opted out first</dt><dd>4"):
        assert figure in words
    assert '<td data-head="Old"><code>Old Ltd</code></td><td data-head="New"><code>New Ltd</code></td>' in words


def test_people_of_a_plan_are_shown_only_to_those_who_may_see_rows(business: Client) -> None:
    run = stopped()
    SyncRowFactory.create(run=run, state="planned", email="ada@example.com", after={"company": "New Ltd"})
    SyncRowFactory.create(run=run, state="skipped", clash="mailbox ada@example.com")
    words = page(business, run)
    assert "ada@example.com" not in words
    assert reverse("admin:sync_syncrow_changelist") not in words
    assert "New Ltd" not in words


def test_held_rows_of_one_clash_stand_side_by_side(technical: Client) -> None:
    run = SyncRunFactory.create()
    for user in ("1", "2"):
        SyncRowFactory.create(run=run, state="skipped", clash="mailbox ada@example.com", reason=f"Of GitLab user {user}.")
    words = page(technical, run)
    assert words.count("mailbox ada@example.com") == 1
    assert words.index("Of GitLab user 1.") < words.index("Of GitLab user 2.")


def test_a_plan_is_approved_with_a_reason_by_a_new_run(technical: Client) -> None:
    run = stopped()
    asked = technical.get(reverse("admin:sync_syncrun_do", args=[run.pk, "approve"])).content.decode()
    assert f"Approve the plan: {run}, 2 rows" in asked
    assert "Only 2 rows, where 90 are usual." in asked
    do(technical, run, "approve")
    run.refresh_from_db()
    assert (run.decision, run.decided_by, run.executions.get().state) == ("approved", "technical_owner", "running")
    assert OperatorAction.objects.get().reason == "Because"


def test_a_plan_is_discarded_once(technical: Client) -> None:
    run = stopped()
    do(technical, run, "discard")
    again = do(technical, run, "discard").content.decode()
    run.refresh_from_db()
    assert (run.decision, SyncRun.objects.count(), OperatorAction.objects.count()) == ("discarded", 1, 1)
    assert "has no plan that waits for a decision" in again
    assert "Approve the plan" not in page(technical, run)


def test_a_run_is_cancelled(technical: Client) -> None:
    run = SyncRunFactory.create(state="running")
    do(technical, run, "cancel")
    run.refresh_from_db()
    assert (run.state, run.stop_code) == ("stopped", "cancelled")
    assert "Cancel …" not in page(technical, run)


@pytest.mark.parametrize(("name", "dry"), [("undo", False), ("undo-dry", True)])
def test_a_run_is_undone_after_it_was_said_what_comes_next(technical: Client, name: str, dry: bool) -> None:
    run = SyncRunFactory.create(delivered=3)
    asked = technical.get(reverse("admin:sync_syncrun_do", args=[run.pk, name])).content.decode()
    assert f"{run}, 3 rows" in asked
    assert (AFTER_AN_UNDO in asked) is not dry
    do(technical, run, name)
    undoing = run.undone_by.get()
    assert (undoing.dry_run, AFTER_AN_UNDO in page(technical, run)) == (dry, not dry)
    assert f'Takes back <a href="{reverse("admin:sync_syncrun_change", args=[run.pk])}">' in page(technical, undoing)


def test_what_cannot_be_undone_offers_no_button(technical: Client) -> None:
    event = SyncDefinitionFactory.create(target=SyncDefinition.Target.EVENT, event_name="First Namespace")
    for run in (SyncRunFactory.create(definition=event, delivered=3), SyncRunFactory.create(delivered=0)):
        assert "Undo …" not in page(technical, run)
        assert "be taken back" in do(technical, run, "undo").content.decode()
    assert not SyncRun.objects.filter(undoes__isnull=False).exists()


def test_what_is_under_way_offers_no_undo_and_says_why(technical: Client) -> None:
    run = SyncRunFactory.create(state="delivering", delivered=3)
    assert "Undo …" not in page(technical, run)
    assert "wait for its end, or cancel it first" in do(technical, run, "undo").content.decode()
    assert not SyncRun.objects.filter(undoes__isnull=False).exists()


def test_all_rows_of_one_reason_are_retried_and_no_others(technical: Client) -> None:
    run = SyncRunFactory.create(state="with_errors", failed=2)
    mended = SyncRowFactory.create(run=run, state="failed", reason_code="permanent")
    other = SyncRowFactory.create(run=run, state="failed", reason_code="gave_up")
    url = reverse("admin:sync_syncrun_retry_failed_rows", args=[run.pk]) + "?code=permanent"
    assert "Retry 1 failed rows of" in technical.get(url).content.decode()
    technical.post(url, {"reason": "Mended"})
    assert [SyncRow.objects.get(pk=row.pk).state == "failed" for row in (mended, other)] == [False, True]
    assert OperatorAction.objects.get().selection == {"run": run.pk, "reason": "permanent"}


def test_all_rows_of_one_reason_are_dismissed_with_a_note(technical: Client) -> None:
    run = SyncRunFactory.create(state="with_errors", failed=2)
    SyncRowFactory.create_batch(2, run=run, state="failed", reason_code="permanent")
    url = reverse("admin:sync_syncrun_dismiss_failed_rows", args=[run.pk]) + "?code=permanent"
    assert "Dismiss 2 failed rows of" in technical.get(url).content.decode()
    technical.post(url, {"reason": "Known"})
    assert set(run.rows.values_list("state", "dismissed_by", "dismissal")) == {("failed", "technical_owner", "Known")}
    words = page(technical, run)
    assert "2</a>, 2 dismissed" in words
    assert "Dismiss all of this reason" not in words


@pytest.mark.parametrize("name", ["approve", "discard", "cancel", "undo", "undo-dry", "run-again"])
def test_nothing_is_done_to_a_run_without_the_permission(
    campaigns: Client, business: Client, outsider: Client, name: str
) -> None:
    run = stopped(delivered=1)
    assert [do(client, run, name).status_code for client in (campaigns, business, outsider)] == [403, 403, 403]
    run.refresh_from_db()
    assert (run.decision, SyncRun.objects.count(), OperatorAction.objects.count()) == ("", 1, 0)


def test_what_nobody_can_do_is_not_found(technical: Client) -> None:
    assert do(technical, SyncRunFactory.create(), "explode").status_code == 404
