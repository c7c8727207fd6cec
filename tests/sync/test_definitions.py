from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from contacts.models import Contact, FieldPrecedence
from contacts.presence import note_presence
from contacts.sync.models import SyncDefinition, SyncRow, SyncState
from contacts.sync.retrying import retry_rows
from contacts.sync.seed import seed_sync
from iterable_admin.addresses import address_key
from iterable_admin.outbox.draining import drain
from iterable_admin.outbox.enqueueing import Cause, enqueue, profile_update
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.sync.conftest import Fill, namespace, person
from tests.sync.definitions import own, shipped
from tests.sync.iterable import HEADERS, fail, profile, put_profile, run_and_deliver, run_once

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BOB = "ada@example.com", "bob@example.com"
TABLE = "PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL"
NAMES = f"SELECT email_address, first_name, company_name, is_pql FROM {TABLE}"
OTHER_NAMES = ("user_id", "created_at", "k", "text_number", "number", "outcome", "at_rest", "present", "accepted", "gone")


def created(namespace_id: int, at: str, creator: int = 1, **changes: object) -> dict[str, object]:
    return namespace(namespace_id, CREATED_AT=at, CREATOR_USER_ID=creator, USER_ID=1, **changes)


def held(sandbox: RunningSandbox, email: str) -> dict[str, Any]:
    fields = profile(sandbox, email)
    assert fields is not None
    return {name: value for name, value in fields.items() if name.startswith("first_namespace_") and value is not None}


def events(sandbox: RunningSandbox, email: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{sandbox.url}/api/events/{email}", headers=HEADERS, timeout=5).json()
    return [event for event in answer["events"] if event["eventName"] == "First Namespace"]


def test_three_definitions_ship_and_one_of_them_is_on() -> None:
    seed_sync()
    seed_sync()
    assert list(SyncDefinition.objects.order_by("pk").values_list("name", "target", "enabled")) == [
        ("Namespace information", "profile", True),
        ("First namespace details", "profile", False),
        ("First namespace event", "event", False),
    ]


def test_eighteen_of_thirty_keys_are_switched_on() -> None:
    seed_sync()
    for definition in SyncDefinition.objects.all():
        assert (definition.mappings.count(), definition.mappings.filter(enabled=True).count()) == (30, 18)


def test_the_first_namespace_is_the_earliest_that_the_person_created(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    others = created(3, "2023-01-01 00:00:00.000", creator=9)
    own_ones = [created(5, "2023-06-01 00:00:00.000"), created(4, "2023-05-01 00:00:00.000", CURRENT_MEMBER_COUNT="7")]
    fill(person(ADA, gitlab_dotcom_user_id=1, namespaces=[others, *own_ones]))
    run_and_deliver(shipped("first-namespace-details"))
    fields = held(sandbox, ADA)
    assert (fields["first_namespace_namespace_id"], fields["first_namespace_current_member_count"]) == (4, 7)
    assert fields["first_namespace_gitlab_plan_is_paid"] is False
    assert Contact.objects.count() == 0


def test_a_value_that_is_gone_is_cleared_in_iterable(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, gitlab_dotcom_user_id=1, namespaces=[created(4, "2023-05-01 00:00:00.000", GLM_SOURCE="x")]))
    run_and_deliver(shipped("first-namespace-details"))
    fill(person(ADA, gitlab_dotcom_user_id=1, namespaces=[created(4, "2023-05-01 00:00:00.000")]))
    assert run_and_deliver(shipped("first-namespace-details")).delivered == 1
    assert "first_namespace_glm_source" not in held(sandbox, ADA)
    assert run_and_deliver(shipped("first-namespace-details")).unchanged == 1


def test_who_created_no_namespace_is_counted_and_not_sent(fill: Fill) -> None:
    fill(person(ADA, gitlab_dotcom_user_id=1, namespaces=[created(3, "2023-01-01 00:00:00.000", creator=9)]))
    run = run_once(shipped("first-namespace-details"))
    assert (run.state, run.skipped_reasons, Delivery.objects.count()) == ("completed", {"nothing_mapped": 1}, 0)


def test_the_event_is_sent_once_a_change_and_to_nobody_unknown(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    rows = [
        person(email, gitlab_dotcom_user_id=user, namespaces=[created(4 + user, "2023-05-01 00:00:00.000", user)])
        for email, user in ((ADA, 1), (BOB, 2))
    ]
    fill(*rows)
    assert run_and_deliver(shipped("first-namespace-event")).skipped_reasons == {"not_in_iterable": 1}
    run_and_deliver(shipped("first-namespace-event"))
    assert [event["dataFields"]["first_namespace_namespace_id"] for event in events(sandbox, ADA)] == [5]
    assert profile(sandbox, BOB) is None


def test_a_key_that_is_switched_on_or_off_is_sent_or_not(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, namespaces=[namespace(7, PTP_SOURCE="Trial")]))
    wish = shipped("namespace-information")
    assert wish.definition is not None
    wish.definition.mappings.filter(source__endswith="PTP_SOURCE").update(enabled=True)
    wish.definition.mappings.filter(source__endswith="GITLAB_PLAN_TITLE").update(enabled=False)
    run_and_deliver(wish)
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert fields["namespace_information"] == [{"NAMESPACE_ID": 7, "PTP_SOURCE": "Trial", "GITLAB_PLAN_IS_PAID": False}]


def test_any_column_goes_to_any_field_in_its_type(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    fill(person(ADA, company_name="Analytical", is_pql=True))
    run_and_deliver(own(NAMES, ("company_name", "employer", "string"), ("is_pql", "hand_raiser", "boolean")))
    fields = profile(sandbox, ADA)
    assert fields is not None
    assert (fields["employer"], fields["hand_raiser"]) == ("Analytical", True)


def test_a_column_that_the_query_lacks_fails_the_run_and_is_named(fill: Fill) -> None:
    fill(person(ADA))
    run = run_once(own(NAMES, ("job_title", "title", "string")))
    assert (run.state, run.error) == (
        "failed",
        "The query of Own gives no column job_title: add it, or switch its mapping off.",
    )
    assert (SyncState.objects.count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["digest", "key", "mailbox", "place", "rowid", "shares_user", "text_digest"])
def test_a_column_named_as_the_sync_names_its_own_fails_the_run_with_the_mend(fill: Fill, name: str) -> None:
    fill(person(ADA))
    run = run_once(own(f"SELECT email_address, company_name AS {name} FROM {TABLE}", (name, "employer", "string")))
    assert run.error.endswith(f"Rename them in the query, as in {name} AS my_{name}, and in what is mapped of them.")
    assert (run.state, SyncState.objects.count(), Delivery.objects.count()) == ("failed", 0, 0)


@pytest.mark.parametrize("match_key", ["email", "user_id"])
def test_any_other_name_may_be_given_to_a_column(fill: Fill, match_key: str) -> None:
    ContactFactory.create(email=ADA, gitlab_user_id=1)
    fill(person(ADA, gitlab_dotcom_user_id=1, company_name="Analytical"), person("Émile@example.com"))
    names = ", ".join(f"company_name AS {name}" for name in OTHER_NAMES)
    mapped = [(name, f"own_{name}", "string") for name in OTHER_NAMES]
    run = run_once(own(f"SELECT email_address, gitlab_dotcom_user_id, {names} FROM {TABLE}", *mapped, match_key=match_key))
    assert (run.state, run.read, run.error) == ("delivering", 2, "")
    sent = Delivery.objects.get(operation="profile").payload["dataFields"]
    assert sent == {f"own_{name}": "Analytical" for name in OTHER_NAMES}


@pytest.mark.parametrize("said", ["-- since $window_start", ", '$window_start' AS note", ", $window_start AS since"])
def test_the_window_is_bound_where_the_query_asks_for_it_in_code(fill: Fill, said: str) -> None:
    fill(person(ADA, company_name="Analytical"))
    query = f"SELECT email_address, company_name {said}\nFROM {TABLE}"
    run = run_once(own(query, ("company_name", "employer", "string")))
    assert (run.state, run.read, run.error) == ("delivering", 1, "")


def test_a_type_that_iterable_would_refuse_is_refused_before_the_start(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, employer=3)
    fill(person(ADA, company_name="Analytical"))
    run = run_once(own(NAMES, ("company_name", "employer", "string")))
    assert (run.state, run.read) == ("failed", 0)
    assert run.error.startswith("Iterable would refuse employer: it holds it as long, and company_name is mapped as text.")
    assert not Delivery.objects.exists()


def test_where_an_event_has_told_a_name_the_sync_leaves_it(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA, BOB)
    ContactFactory.create(email=ADA, profile={"firstName": "Augusta"})
    fill(person(ADA, first_name="Ada"), person(BOB, first_name="Bob"))
    run = run_and_deliver(own(NAMES, ("first_name", "firstName", "string")))
    sent = Delivery.objects.filter(operation="profile").values_list("email", "payload__dataFields")
    assert list(sent) == [(BOB, {"firstName": "Bob"})]
    assert run.skipped_reasons == {"nothing_mapped": 1}


def test_what_an_event_has_told_since_is_not_cleared(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    wish = own(NAMES, ("first_name", "firstName", "string"), ("company_name", "company", "string"))
    fill(person(ADA, first_name="Ada", company_name="Old"))
    assert run_and_deliver(wish).delivered == 1
    ContactFactory.create(email=ADA, profile={"firstName": "Augusta"})
    fill(person(ADA, first_name="Ada", company_name=None))
    run_and_deliver(wish)
    assert Delivery.objects.latest("pk").payload["dataFields"] == {"company": None}


def test_the_table_of_precedence_decides(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    wish = own(NAMES, ("first_name", "firstName", "string"))
    FieldPrecedence.objects.filter(field="firstName").update(winner="sync")
    ContactFactory.create(email=ADA, profile={"firstName": "Augusta"})
    fill(person(ADA, first_name="Ada"))
    assert run_and_deliver(wish).delivered == 1


def overwrite(email: str, **fields: object) -> None:
    enqueue([profile_update(email, fields, Cause("event", "1"))])
    drain()


@pytest.mark.parametrize("first", ["A", None])
def test_what_somebody_else_wrote_is_cleared_where_the_source_has_no_value(
    fill: Fill, sandbox: RunningSandbox, first: str | None
) -> None:
    put_profile(sandbox, ADA)
    query = NAMES.replace("first_name", "job_title")
    wish = own(query, ("company_name", "employer", "string"), ("job_title", "title", "string"))
    fill(person(ADA, company_name=first, job_title="Analyst"))
    run_and_deliver(wish)
    overwrite(ADA, employer="B")
    fill(person(ADA, company_name=None))
    row = run_and_deliver(wish).rows.get()
    assert (row.kind, row.before, row.after) == ("changed", {"employer": "B", "title": "Analyst"}, {})
    fields = profile(sandbox, ADA) or {}
    assert (fields["firstName"], fields.get("employer"), fields.get("title")) == ("Ada", None, None)


def test_a_retry_clears_what_somebody_else_wrote_too(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    wish = own(NAMES, ("company_name", "employer", "string"))
    fill(person(ADA, company_name="A"))
    run_and_deliver(wish)
    overwrite(ADA, employer="B")
    fill(person(ADA, company_name=None))
    fail(sandbox, fail_next=[{"path": "/api/users/bulkUpdate", "status": 400}])
    failed = run_and_deliver(wish)
    assert (failed.failed, retry_rows(failed.rows.all())) == (1, 1)
    drain()
    assert (failed.rows.get().state, (profile(sandbox, ADA) or {}).get("employer")) == ("delivered", None)


def test_what_events_own_and_have_told_is_not_cleared(fill: Fill, sandbox: RunningSandbox) -> None:
    put_profile(sandbox, ADA)
    wish = own(NAMES, ("company_name", "employer", "string"), ("first_name", "firstName", "string"))
    fill(person(ADA, first_name="Ada", company_name="A"))
    run_and_deliver(wish)
    ContactFactory.create(email=ADA, profile={"firstName": "Augusta"})
    overwrite(ADA, firstName="Augusta")
    fill(person(ADA, first_name="Ada", company_name="B"))
    assert run_and_deliver(wish).rows.get().before == {"employer": "A"}
    fields = profile(sandbox, ADA) or {}
    assert (fields["firstName"], fields["employer"]) == ("Augusta", "B")


def test_an_upsert_creates_and_opts_out_first_whoever_withdrew(fill: Fill, sandbox: RunningSandbox) -> None:
    SubscriptionChangeFactory.create(address_key=address_key(ADA))
    note_presence([address_key(ADA), address_key(BOB)], present=False, how="look_up")
    fill(person(ADA, company_name="A"), person(BOB, company_name="B"))
    run = run_once(own(NAMES, ("company_name", "employer", "string"), mode="upsert"))
    assert run.enqueued == 2
    assert list(Delivery.objects.filter(email=ADA).order_by("id").values_list("operation", flat=True)) == [
        *["unsubscribe"] * 2,
        "profile",
    ]
    assert set(Delivery.objects.filter(operation="profile").values_list("creates", flat=True)) == {True}


def test_rows_by_user_id_go_to_the_address_that_is_known(fill: Fill, sandbox: RunningSandbox) -> None:
    query = "SELECT gitlab_dotcom_user_id, company_name FROM PUMP_MARKETING_CONTACT_NAMESPACE_DETAIL"
    put_profile(sandbox, ADA)
    ContactFactory.create(email=ADA, gitlab_user_id=1)
    fill(person("elsewhere@example.com", gitlab_dotcom_user_id=1, company_name="A"), person(BOB, gitlab_dotcom_user_id=2))
    run = run_and_deliver(own(query, ("company_name", "employer", "string"), match_key="user_id"))
    assert (run.delivered, run.skipped_reasons) == (1, {"no_address_known": 1})
    assert SyncRow.objects.get(state="delivered").email == ADA


@pytest.mark.parametrize(
    ("column", "bad", "fault"),
    [
        ("gitlab_dotcom_user_id", f"{10**30}::DECIMAL(38, 0)", "larger than a 64-bit integer"),
        ("gitlab_dotcom_created_date", "'soon'", "Invalid isoformat string: 'soon'"),
        ("gitlab_dotcom_last_login_date", "TIMESTAMP '20000-01-01'", "Invalid isoformat string: '20000-01-01 00:00:00.000000'"),
    ],
)
def test_a_value_that_cannot_be_stored_fails_its_person_and_nobody_else(fill: Fill, column: str, bad: str, fault: str) -> None:
    fill(person(ADA), person(BOB, company_name="B"))
    given = f"{column}::VARCHAR" if "'soon'" in bad else column
    case = f"CASE WHEN email_address = '{ADA}' THEN {bad} ELSE {given} END AS {column}"
    wish = own(f"SELECT * REPLACE ({case}) FROM {TABLE}", ("company_name", "employer", "string"), keeps_contacts=True)
    run = run_once(wish)
    failed = run.rows.get(state="failed")
    assert (failed.email, failed.reason) == (ADA, f"{column} cannot be sent: {fault}. Mend the row in the warehouse.")
    assert (run.state, run.read, run.failed, run.enqueued, run.error) == ("delivering", 2, 1, 1, "")
    assert list(Contact.objects.values_list("email", flat=True)) == [BOB]


def test_what_is_read_as_text_is_stored_in_its_type(fill: Fill) -> None:
    fill(person(ADA, company_name="A"))
    texts = "gitlab_dotcom_user_id: '42', gitlab_dotcom_created_date: '2026-01-02 03:04:05', namespaces_array, company_name"
    wish = own(f"SELECT email_address, {texts} FROM {TABLE}", ("company_name", "employer", "string"), keeps_contacts=True)
    assert run_once(wish).error == ""
    contact = Contact.objects.get()
    assert (contact.gitlab_user_id, contact.account_created_at) == (42, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
