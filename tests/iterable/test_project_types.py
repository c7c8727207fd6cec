from __future__ import annotations

from collections.abc import Callable

import pytest

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.client import EU, US, IterableClient
from iterable_admin.iterable.errors import Unsendable
from iterable_admin.iterable.reads import User
from iterable_admin.iterable.writes import JourneyTrigger, Person, ProfileUpdate, SubscriptionUpdate, TrackedEvent
from tests.iterable.conftest import KEY, Canned

SUCCESS = {"msg": "", "code": "Success", "params": None}
ANN, UNO = Person(email="ann@example.com"), Person(user_id="Uno")
PROFILE = ProfileUpdate({}, email="ann@example.com")

Perform = Callable[[IterableClient], object]


def client_of(canned: Canned, project_type: str) -> IterableClient:
    canned.answer(200, SUCCESS)
    return IterableClient(KEY, canned.url, project_type=project_type, timeout=(2, 2))


@pytest.mark.parametrize("url", [EU, f"{EU}/", EU.upper()])
def test_the_european_data_centre_has_no_email_based_projects(url: str) -> None:
    with pytest.raises(Misconfigured, match="ITERABLE_PROJECT_TYPE is email and ITERABLE_BASE_URL the EU data centre"):
        IterableClient(KEY, url)


@pytest.mark.parametrize(("url", "kind"), [(US, "email"), (US, "hybrid"), (US, "userid"), (EU, "hybrid"), (EU, "userid")])
def test_the_other_combinations_are_possible(url: str, kind: str) -> None:
    host = {US: "api.iterable.com", EU: "api.eu.iterable.com"}[url]
    assert repr(IterableClient(KEY, url, project_type=kind)) == f"IterableClient({host}, project_type={kind})"


@pytest.mark.parametrize("field", ["emailListIds", "userListIds"])
def test_lists_are_read_under_the_name_that_the_project_has_for_them(field: str) -> None:
    assert User.parse({"userId": "Uno", "dataFields": {field: [3, 4.0, "x"]}}).list_ids == [3, 4]


BY_EMAIL: list[Perform] = [
    lambda c: c.users.update(PROFILE),
    lambda c: c.users.by_email("ann@example.com"),
    lambda c: c.users.delete_by_email("ann@example.com"),
    lambda c: c.users.forget(ANN),
    lambda c: c.users.unforget(ANN),
    lambda c: c.users.forgotten(),
    lambda c: c.users.change_email("new@example.com", email="ann@example.com"),
    lambda c: c.users.merge(UNO, ANN),
    lambda c: c.users.sent_messages(email="ann@example.com"),
    lambda c: c.events.track(TrackedEvent("x", {}, email="ann@example.com")),
    lambda c: c.events.by_email("ann@example.com"),
    lambda c: c.subscriptions.update(SubscriptionUpdate(email="ann@example.com")),
    lambda c: c.subscriptions.unsubscribe("emailList", 1, "ann@example.com"),
    lambda c: c.subscriptions.unsubscribe_all("emailList", 1, [ANN]),
    lambda c: c.lists.unsubscribe(1, [ANN]),
    lambda c: c.journeys.trigger(JourneyTrigger(1, email="ann@example.com")),
    lambda c: list(c.exports.user_events(email="ann@example.com")),
]


@pytest.mark.parametrize("perform", BY_EMAIL)
def test_where_userids_alone_identify_nobody_is_named_by_email(canned: Canned, perform: Perform) -> None:
    with pytest.raises(Unsendable, match="type userid"):
        perform(client_of(canned, "userid"))
    assert canned.asked == []


def test_the_row_of_a_bulk_call_that_the_type_rules_out_is_named(canned: Canned) -> None:
    rows = [ProfileUpdate({}, user_id="Uno"), PROFILE]
    with pytest.raises(Unsendable) as caught:
        client_of(canned, "userid").users.bulk_update(rows)
    assert str(caught.value) == (
        "in a project of type userid (ITERABLE_PROJECT_TYPE), row 1: an email identifies nobody: name the person by user_id"
        " (POST /api/users/bulkUpdate, not sent)"
    )
    assert (canned.asked, caught.value.call.status) == ([], None)


BY_USER_ID: list[Perform] = [
    lambda c: c.users.forget(UNO),
    lambda c: c.users.unforget(UNO),
    lambda c: c.users.forgotten_user_ids(),
    lambda c: c.lists.subscribe(1, [PROFILE], update_existing_users_only=True),
]


@pytest.mark.parametrize("perform", BY_USER_ID)
def test_what_needs_unique_userids_is_not_sent_to_an_email_based_project(canned: Canned, perform: Perform) -> None:
    with pytest.raises(Unsendable, match="type email"):
        perform(client_of(canned, "email"))
    assert canned.asked == []


@pytest.mark.parametrize("person", [ANN, UNO])
def test_a_hybrid_project_forgets_by_either(canned: Canned, person: Person) -> None:
    client_of(canned, "hybrid").users.forget(person)
    assert canned.asked[0].json() == person.as_json()


@pytest.mark.parametrize(
    ("kind", "person", "path", "body"),
    [
        ("email", ANN, "updateEmail", {"currentEmail": "ann@example.com", "newEmail": "new@example.com"}),
        ("email", UNO, "updateEmail", {"currentUserId": "Uno", "newEmail": "new@example.com"}),
        ("hybrid", ANN, "update", {"email": "ann@example.com", "dataFields": {"email": "new@example.com"}}),
        ("userid", UNO, "update", {"userId": "Uno", "dataFields": {"email": "new@example.com"}}),
    ],
)
def test_an_address_is_changed_as_the_type_has_it(
    canned: Canned, kind: str, person: Person, path: str, body: dict[str, object]
) -> None:
    client_of(canned, kind).users.change_email(" New@example.com", email=person.email, user_id=person.user_id)
    [asked] = canned.asked
    nested = {"mergeNestedObjects": False} if path == "update" else {}
    assert (asked.path, asked.json()) == (f"/api/users/{path}", body | nested)


@pytest.mark.parametrize("user_id", ["a", "a b", "~!\"' {}", "x" * 52])
def test_a_userid_goes_as_it_is(user_id: str) -> None:
    assert Person(user_id=user_id).as_json() == {"userId": user_id}


@pytest.mark.parametrize("user_id", ["", "x" * 53, "a ", "é", "a\tb", "a\n", "\x7f"])
def test_an_impossible_userid_is_refused_where_it_is_written(user_id: str) -> None:
    with pytest.raises(ValueError, match="user_id"):
        ProfileUpdate({}, user_id=user_id)


def test_a_journey_is_triggered_for_one_of_three() -> None:
    with pytest.raises(ValueError, match="one of them"):
        JourneyTrigger(1)
    with pytest.raises(ValueError, match="one of them"):
        JourneyTrigger(1, email="a@example.com", list_id=2)
