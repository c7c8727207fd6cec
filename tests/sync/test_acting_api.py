"""The buttons of a run's page over REST: the same operations, with a reason, under the source's name."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.sync.models import SyncRun
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Source
from tests.factories import SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db
ACTIONS = ["approve", "discard", "cancel", "undo", "retry"]
WHY = {"reason": "Because"}


def post(api: APIClient, run: SyncRun, action: str, body: dict[str, Any] | None = None) -> Any:
    return api.post(f"/api/v1/sync-runs/{run.pk}/{action}/", WHY if body is None else body)


def planned() -> SyncRun:
    return SyncRunFactory.create(state="stopped", stop_code="guard", plan={"to_send": 2})


def test_a_plan_is_approved_by_a_new_run_under_the_sources_name(api: APIClient) -> None:
    run = planned()
    answer = post(api, run, "approve")
    begun = run.executions.get()
    assert (answer.status_code, answer.json()) == (202, {"id": begun.pk, "status": "running"})
    run.refresh_from_db()
    assert (run.decision, run.decided_by, begun.trigger) == ("approved", "source CustomersDot", "api")
    action = OperatorAction.objects.get()
    assert (action.actor, action.actor_name, action.reason) == (None, "source CustomersDot", "Because")


def test_a_plan_is_discarded(api: APIClient) -> None:
    run = planned()
    assert post(api, run, "discard").json() == {"detail": "The plan is discarded. Nothing was sent."}
    again = post(api, run, "discard")
    assert (again.status_code, again.json()) == (409, {"detail": f"{run} has no plan that waits for a decision."})


def test_a_run_is_cancelled(api: APIClient) -> None:
    run = SyncRunFactory.create(state="running")
    assert post(api, run, "cancel").json() == {"detail": "0 rows that had not left were taken back."}
    run.refresh_from_db()
    assert (run.state, run.stop_code) == ("stopped", "cancelled")


@pytest.mark.parametrize("dry", [True, False])
def test_a_run_is_undone_dry_or_for_real(api: APIClient, dry: bool) -> None:
    run = SyncRunFactory.create(delivered=1)
    answer = post(api, run, "undo", {**WHY, "dry_run": dry})
    undoing = run.undone_by.get()
    assert (answer.status_code, answer.json()["id"], undoing.dry_run) == (202, undoing.pk, dry)


def test_failed_rows_are_retried_all_or_of_one_reason(api: APIClient) -> None:
    run = SyncRunFactory.create(state="with_errors")
    for code in ("permanent", "gave_up"):
        SyncRowFactory.create(run=run, state="failed", reason_code=code)
    assert post(api, run, "retry", {**WHY, "reason_code": "gave_up"}).json()["count"] == 1
    assert list(run.rows.filter(state="failed").values_list("reason_code", flat=True)) == ["permanent"]
    assert post(api, run, "retry").json() == {"detail": "1 rows taken up again.", "count": 1}


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_done_without_a_reason(api: APIClient, action: str) -> None:
    run = planned()
    answer = post(api, run, action, {"reason": " "})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["reason"])
    assert (SyncRun.objects.count(), OperatorAction.objects.count()) == (1, 0)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_source_that_may_only_read_does_nothing(api: APIClient, source: Source, action: str) -> None:
    source.scopes = ["read"]
    source.save()
    run = planned()
    assert post(api, run, action).status_code == 403
    assert (SyncRun.objects.count(), OperatorAction.objects.count()) == (1, 0)


def test_what_was_never_delivered_cannot_be_undone(api: APIClient) -> None:
    run = SyncRunFactory.create()
    answer = post(api, run, "undo")
    assert (answer.status_code, SyncRun.objects.count()) == (409, 1)
    assert answer.json()["detail"] == f"Run {run.pk} delivered nothing, so nothing can be taken back."


def test_what_is_still_being_delivered_cannot_be_undone(api: APIClient) -> None:
    run = SyncRunFactory.create(state="delivering", delivered=1)
    answer = post(api, run, "undo")
    assert (answer.status_code, SyncRun.objects.count(), OperatorAction.objects.count()) == (409, 1, 0)
    assert answer.json()["detail"].startswith(f"Run {run.pk} is still under way")


def test_a_run_that_is_not_there_is_not_found(api: APIClient) -> None:
    assert api.post("/api/v1/sync-runs/7/cancel/", WHY).status_code == 404


STRANGE = [b"[" * 100_000 + b"]" * 100_000, b'{"reason": "\\ud800"}', b"{", b"\xff", b'{"reason": NaN}']


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("body", STRANGE, ids=range(len(STRANGE)))
def test_a_body_that_cannot_be_read_does_nothing(api: APIClient, action: str, body: bytes) -> None:
    run = planned()
    answer = api.post(f"/api/v1/sync-runs/{run.pk}/{action}/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"][:8]) == (400, "The body")
    assert (SyncRun.objects.count(), OperatorAction.objects.count()) == (1, 0)


def test_a_body_over_a_million_bytes_is_not_read(api: APIClient) -> None:
    body = b'{"reason": "Because", "more": "' + b"x" * 1_000_000 + b'"}'
    assert api.post("/api/v1/sync-runs/", body, content_type="application/json").status_code == 413
    assert SyncRun.objects.count() == 0
