from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from contacts.models import Contact
from contacts.sync import tasks
from contacts.sync.models import SyncRun, SyncState
from contacts.sync.operating import approve, discard
from contacts.sync.starting import Wish
from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.sync.conftest import Fill, Row, namespace, person
from tests.sync.definitions import thresholds
from tests.sync.iterable import profile, put_profile, run_and_deliver, run_once

pytestmark = pytest.mark.django_db(transaction=True)

EMAILS = [f"p{number}@example.com" for number in range(20)]


def people(**changes: object) -> list[Row]:
    return [person(email, namespaces=[namespace(7, **changes)]) for email in EMAILS]


@pytest.fixture
def synced(fill: Fill, sandbox: RunningSandbox) -> RunningSandbox:
    """Twenty people whose namespaces Iterable has accepted."""
    put_profile(sandbox, *EMAILS)
    fill(*people(GLM_SOURCE="about.gitlab.com"))
    run_and_deliver()
    Delivery.objects.all().delete()
    return sandbox


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def nothing_was_sent(run: SyncRun) -> bool:
    return not Delivery.objects.exists() and (run.enqueued, run.delivered) == (0, 0)


def test_more_changes_than_the_threshold_stop_the_run_with_its_plan(synced: RunningSandbox, fill: Fill) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium"))
    run = run_once()
    assert (run.state, run.stop_code) == ("stopped", "guard")
    assert run.error.startswith("20 of 20 people changed (more than 30 %).")
    assert (run.plan["kinds"], run.plan["fields"]) == ({"changed": 20}, {"GITLAB_PLAN_TITLE": 20})
    assert list(run.rows.values_list("state", flat=True)) == ["planned"] * 20
    assert nothing_was_sent(run)


def test_people_of_whom_others_wrote_a_field_count_as_changed(synced: RunningSandbox, fill: Fill) -> None:
    enqueue([profile_update(email, {"namespace_information": [namespace(8)]}, Cause("event", "1")) for email in EMAILS])
    drain()
    Delivery.objects.all().delete()
    fill(*people(GITLAB_PLAN_TITLE="Premium"))
    run = run_once()
    assert run.error.startswith("20 of 20 people changed (more than 30 %).")
    assert run.plan["kinds"] == {"changed": 20}
    assert nothing_was_sent(run)


def test_at_the_threshold_a_run_goes_on(synced: RunningSandbox, fill: Fill) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com")[6:], *people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium")[:6])
    assert run_and_deliver().delivered == 6


def test_a_key_that_goes_null_en_masse_stops_the_run(synced: RunningSandbox, fill: Fill) -> None:
    thresholds(most_changed_percent=100)
    fill(*people())
    run = run_once()
    assert (run.stop_code, run.plan["emptied"]) == ("guard", {"namespace_information.GLM_SOURCE": 20})
    assert run.error.startswith("namespace_information.GLM_SOURCE lost its value for 20 of 20 people (more than 10 %).")
    assert nothing_was_sent(run)


def test_values_that_nobody_knows_in_bulk_stop_the_run(synced: RunningSandbox, fill: Fill) -> None:
    thresholds(most_changed_percent=100)
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Platinum"))
    run = run_once()
    assert "20 of 20 rows have values that nobody knows (more than 5 %): GITLAB_PLAN_TITLE: Platinum (20)." in run.error
    assert nothing_was_sent(run)


def test_fewer_rows_than_usual_stop_the_run_and_nobody_is_taken_for_gone(synced: RunningSandbox, fill: Fill) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com")[:9])
    run = run_once()
    assert run.error.startswith("Only 9 rows, where 20 are usual (fewer than 50 %).")
    assert (run.vanished, SyncState.objects.exclude(gone="").count()) == (11, 0)
    assert Contact.objects.filter(in_warehouse_at=None).count() == 0


def test_a_plan_that_is_approved_is_carried_out_by_a_run_of_its_own(synced: RunningSandbox, fill: Fill, operator: User) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium"))
    stopped = run_once()
    executing = approve(stopped, operator, "A new plan was sold")
    tasks.start_sync(executing.pk)
    drain()
    executing.refresh_from_db()
    stopped.refresh_from_db()
    assert (executing.state, executing.delivered, executing.executes) == ("completed", 20, stopped)
    assert (stopped.decision, stopped.decided_by) == ("approved", "operator")
    fields = profile(synced, EMAILS[0])
    assert fields is not None
    assert fields["namespace_information"][0]["GITLAB_PLAN_TITLE"] == "Premium"


def test_an_approved_plan_is_not_carried_out_once_something_has_moved(synced: RunningSandbox, fill: Fill, operator: User) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium"))
    executing = approve(run_once(), operator, "A new plan was sold")
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Ultimate"))
    tasks.start_sync(executing.pk)
    executing.refresh_from_db()
    assert (executing.state, executing.stop_code) == ("stopped", "guard")
    assert "Something has moved since the plan of run" in executing.error
    assert nothing_was_sent(executing)


@pytest.mark.usefixtures("synced")
def test_a_source_that_shrinks_further_is_asked_about_anew(fill: Fill, operator: User) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com")[:9])
    stopped = run_once()
    executing = approve(stopped, operator, "Eleven left indeed")
    fill()
    tasks.start_sync(executing.pk)
    executing.refresh_from_db()
    assert ((stopped.plan["left"], stopped.plan["vanished"]), executing.stop_code) == ((0, 11), "guard")
    assert "0 people were to be sent and 11 marked as gone then, 0 and 20 are now, or others." in executing.error
    assert not SyncState.objects.exclude(gone="").exists()


def test_a_plan_that_is_discarded_is_never_carried_out(synced: RunningSandbox, fill: Fill, operator: User) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium"))
    run = run_once()
    discard(run, operator, "The table is wrong")
    with pytest.raises(Permanent, match="has no plan that waits for a decision"):
        approve(run, operator, "On second thoughts")
    assert OperatorAction.objects.get().verb == "discard a plan"
    assert nothing_was_sent(run)


def test_an_empty_source_that_is_approved_means_that_everybody_left(synced: RunningSandbox, fill: Fill, operator: User) -> None:
    fill()
    executing = approve(run_once(), operator, "The window is empty indeed")
    tasks.start_sync(executing.pk)
    executing.refresh_from_db()
    assert (executing.state, executing.read, executing.vanished) == ("completed", 0, 20)
    assert set(SyncState.objects.values_list("gone", flat=True)) == {"vanished"}


def test_a_dry_run_makes_no_call_and_can_be_carried_out(
    synced: RunningSandbox, fill: Fill, operator: User, settings: Any
) -> None:

    fill(*people(GLM_SOURCE="about.gitlab.com")[1:], *people(GLM_SOURCE="x")[:1])
    reachable, settings.ITERABLE_BASE_URL = settings.ITERABLE_BASE_URL, "http://127.0.0.1:1"
    dry = run_once(Wish(dry_run=True))
    settings.ITERABLE_BASE_URL = reachable
    assert (dry.state, dry.plan["to_send"], dry.plan["bulk_calls"], dry.unchanged) == ("completed", 1, 1, 19)
    executing = approve(dry, operator, "As planned")
    tasks.start_sync(executing.pk)
    drain()
    executing.refresh_from_db()
    assert (executing.state, executing.delivered) == ("completed", 1)


@pytest.mark.usefixtures("synced")
def test_a_dry_run_completes_and_says_what_a_guard_would_object(fill: Fill) -> None:
    fill(*people(GLM_SOURCE="about.gitlab.com", GITLAB_PLAN_TITLE="Premium"))
    dry = run_once(Wish(dry_run=True))
    assert (dry.state, dry.stop_code) == ("completed", "")
    assert dry.plan["objections"][0].startswith("20 of 20 people changed (more than 30 %).")
    assert nothing_was_sent(dry)
