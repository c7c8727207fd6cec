from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from contacts.sync import tasks
from contacts.sync.models import SyncRun
from contacts.sync.operating import retry_failed_rows, undo
from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import SyncRunFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.definitions import own, thresholds
from tests.sync.iterable import fail, profile, put_profile, run_and_deliver

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB = "ada@example.com", "bob@example.com"
COMPANIES = "SELECT email_address, company_name FROM PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL"


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def sync(fill: Fill, title: str, *emails: str) -> SyncRun:
    fill(*[person(email, namespaces=[namespace(7, GITLAB_PLAN_TITLE=title)]) for email in emails])
    return run_and_deliver()


def overwrite(email: str, **fields: object) -> None:
    enqueue([profile_update(email, fields, Cause("event", "1"))])
    drain()


def take_back(run: SyncRun, operator: User, *, dry: bool = False) -> SyncRun:
    undoing = undo(run, operator, "The table was wrong", dry=dry)
    tasks.start_sync(undoing.pk)
    drain()
    undoing.refresh_from_db()
    return undoing


def title(sandbox: RunningSandbox, email: str) -> Any:
    fields = profile(sandbox, email)
    assert fields is not None
    return fields["namespace_information"][0]["GITLAB_PLAN_TITLE"]


def test_values_before_the_run_are_restored(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA, BOB)
    thresholds(most_changed_percent=100)
    sync(fill, "Free", ADA, BOB)
    undoing = take_back(sync(fill, "Premium", ADA, BOB), operator)
    assert (undoing.state, undoing.read, undoing.delivered) == ("completed", 2, 2)
    assert (title(sandbox, ADA), title(sandbox, BOB)) == ("Free", "Free")
    assert set(undoing.rows.values_list("kind", flat=True)) == {"restored"}


def test_whoever_was_changed_since_is_left_alone(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA, BOB)
    sync(fill, "Free", ADA, BOB)
    wrong = sync(fill, "Premium", ADA, BOB)
    fill(person(ADA, namespaces=[namespace(7, GITLAB_PLAN_TITLE="Ultimate")]))
    run_and_deliver()
    undoing = take_back(wrong, operator)
    assert (undoing.read, undoing.delivered, undoing.skipped_reasons) == (2, 1, {"changed_since": 1})
    assert (title(sandbox, ADA), title(sandbox, BOB)) == ("Ultimate", "Free")


def test_what_somebody_else_wrote_before_the_run_is_restored(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    overwrite(ADA, namespace_information=[namespace(7, GITLAB_PLAN_TITLE="Ultimate")])
    take_back(sync(fill, "Premium", ADA), operator)
    assert title(sandbox, ADA) == "Ultimate"


def test_what_a_first_run_added_is_cleared(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    take_back(sync(fill, "Free", ADA), operator)
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields.get("namespace_information") is None
    assert fields["firstName"] == "Ada"


def emptied(fill: Fill, *emails: str) -> SyncRun:
    """The run that emptied the only field of a sync."""
    wish = own(COMPANIES, ("company_name", "employer", "string"))
    fill(*[person(email, company_name="A") for email in emails])
    run_and_deliver(wish)
    fill(*[person(email, company_name=None) for email in emails])
    return run_and_deliver(wish)


def test_who_lost_all_their_values_gets_them_back(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    wrong = emptied(fill, ADA)
    assert (profile(sandbox, ADA) or {}).get("employer") is None
    undoing = take_back(wrong, operator)
    assert (undoing.state, undoing.delivered) == ("completed", 1)
    assert (profile(sandbox, ADA) or {})["employer"] == "A"


def test_who_lost_all_their_values_and_was_written_since_is_left_alone(
    fill: Fill, sandbox: RunningSandbox, operator: User
) -> None:
    put_profile(sandbox, ADA)
    wrong = emptied(fill, ADA)
    overwrite(ADA, employer="B")
    undoing = take_back(wrong, operator)
    assert (undoing.delivered, undoing.skipped_reasons) == (0, {"changed_since": 1})
    assert (profile(sandbox, ADA) or {})["employer"] == "B"


def test_a_dry_run_of_an_undo_sends_nothing(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    run = sync(fill, "Premium", ADA)
    before = Delivery.objects.count()
    dry = take_back(run, operator, dry=True)
    assert (dry.state, dry.plan["kinds"], dry.plan["fields"]) == ("completed", {"restored": 1}, {"GITLAB_PLAN_TITLE": 1})
    assert (Delivery.objects.count(), title(sandbox, ADA)) == (before, "Premium")


def test_the_next_run_sends_the_source_again(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    take_back(sync(fill, "Premium", ADA), operator)
    assert run_and_deliver().delivered == 1
    assert title(sandbox, ADA) == "Premium"


def test_a_run_that_delivered_nothing_cannot_be_taken_back(operator: User) -> None:
    with pytest.raises(Permanent, match="delivered nothing"):
        undo(SyncRunFactory.create(state="completed", delivered=0), operator, "why not", dry=False)
    assert SyncRun.objects.count() == 1


def failed_undo(run: SyncRun, sandbox: RunningSandbox, operator: User) -> SyncRun:
    fail(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 400}])
    undoing = take_back(run, operator)
    assert (undoing.state, undoing.failed) == ("with_errors", 1)
    return undoing


def test_a_failed_row_of_an_undo_is_retried_with_its_own_values(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    undoing = failed_undo(sync(fill, "Premium", ADA), sandbox, operator)
    assert retry_failed_rows(undoing, operator, "Mended") == 1
    drain()
    undoing.refresh_from_db()
    assert (undoing.state, undoing.delivered, undoing.rows.get().kind) == ("completed", 1, "restored")
    assert title(sandbox, ADA) == "Free"


def test_a_failed_row_of_an_undo_overwrites_nothing_that_came_since(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    undoing = failed_undo(sync(fill, "Premium", ADA), sandbox, operator)
    sync(fill, "Ultimate", ADA)
    retry_failed_rows(undoing, operator, "Mended")
    drain()
    row = undoing.rows.get()
    assert (row.state, row.reason_code, title(sandbox, ADA)) == ("skipped", "changed_since", "Ultimate")


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize("state", ["running", "delivering"])
def test_a_run_that_is_under_way_cannot_be_taken_back(operator: User, state: str, dry: bool) -> None:
    run = SyncRunFactory.create(state=state, delivered=1)
    with pytest.raises(Permanent, match="wait for its end, or cancel it first"):
        undo(run, operator, "The table was wrong", dry=dry)
    assert (SyncRun.objects.get(), Delivery.objects.count(), OperatorAction.objects.count()) == (run, 0, 0)


def test_an_undo_whose_run_goes_on_meanwhile_restores_nothing(fill: Fill, sandbox: RunningSandbox, operator: User) -> None:
    put_profile(sandbox, ADA)
    sync(fill, "Free", ADA)
    run = sync(fill, "Premium", ADA)
    undoing = undo(run, operator, "The table was wrong", dry=False)
    SyncRun.objects.filter(pk=run.pk).update(state="delivering")
    tasks.start_sync(undoing.pk)
    undoing.refresh_from_db()
    assert (undoing.state, undoing.rows.count(), title(sandbox, ADA)) == ("failed", 0, "Premium")
    assert undoing.error.startswith(f"Run {run.pk} is still under way")
