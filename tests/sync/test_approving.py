"""A query is changed by two people: one proposes, another one approves or refuses."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from contacts.sync.approving import approve_query, digest, propose_query, refuse_query
from contacts.sync.models import SyncDefinition
from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from tests.factories import SyncDefinitionFactory

pytestmark = pytest.mark.django_db
OLD, NEW = "SELECT 1 AS email_address", "SELECT 2 AS email_address"


def owner(name: str) -> User:
    user = User.objects.create_user(name)
    user.user_permissions.add(Permission.objects.get(codename="change_syncquery"))
    return user


@pytest.fixture
def ada() -> User:
    return owner("ada")


@pytest.fixture
def grace() -> User:
    return owner("grace")


@pytest.fixture
def proposed(ada: User) -> SyncDefinition:
    definition = SyncDefinitionFactory.create(query=OLD)
    propose_query(definition, ada, "more people", f" {NEW}\n")
    definition.refresh_from_db()
    return definition


def stand(definition: SyncDefinition) -> tuple[str, str, object]:
    definition.refresh_from_db()
    return definition.query, definition.proposed_query, definition.proposed_by


def test_a_proposal_leaves_the_query_as_it_is_and_is_written_down(proposed: SyncDefinition, ada: User) -> None:
    assert stand(proposed) == (OLD, NEW, ada)
    action = OperatorAction.objects.get()
    assert (action.verb, action.actor, action.reason) == ("propose a query", ada, "more people")
    assert action.selection == {"definition": proposed.pk, "query": OLD, "proposed": NEW}


def test_another_person_approves(proposed: SyncDefinition, grace: User) -> None:
    approve_query(proposed, grace, "looks right", digest(proposed))
    assert stand(proposed) == (NEW, "", None)
    assert [action.verb for action in OperatorAction.objects.filter(actor=grace)] == ["approve a query"]


def test_another_person_refuses(proposed: SyncDefinition, grace: User) -> None:
    refuse_query(proposed, grace, "too many", digest(proposed))
    assert stand(proposed) == (OLD, "", None)
    assert OperatorAction.objects.get(actor=grace).result == "The query stays as it was."


@pytest.mark.parametrize("decide", [approve_query, refuse_query])
def test_nobody_decides_about_their_own(proposed: SyncDefinition, ada: User, decide: object) -> None:
    assert callable(decide)
    with pytest.raises(Permanent, match="You proposed this query yourself"):
        decide(proposed, ada, "mine", digest(proposed))
    assert (stand(proposed), OperatorAction.objects.count()) == ((OLD, NEW, ada), 1)


def test_a_proposal_that_changed_meanwhile_has_to_be_looked_at_first(proposed: SyncDefinition, ada: User, grace: User) -> None:
    seen = digest(proposed)
    propose_query(proposed, ada, "better", "SELECT 3 AS email_address")
    with pytest.raises(Permanent, match="Another query was proposed meanwhile"):
        approve_query(proposed, grace, "looks right", seen)
    assert stand(proposed)[0] == OLD


def test_where_nothing_is_proposed_nothing_is_decided(grace: User) -> None:
    definition = SyncDefinitionFactory.create(query=OLD)
    with pytest.raises(Permanent, match="No query of Namespaces is proposed"):
        approve_query(definition, grace, "why not", digest(definition))


def test_a_first_query_needs_two_people_too(ada: User, grace: User) -> None:
    definition = SyncDefinitionFactory.create()
    propose_query(definition, ada, "first", NEW)
    assert stand(definition)[0] == ""
    approve_query(definition, grace, "looks right", digest(definition))
    assert stand(definition)[0] == NEW


def test_those_without_the_permission_neither_propose_nor_decide(proposed: SyncDefinition) -> None:
    other = User.objects.create_user("other")
    with pytest.raises(Permanent, match="other may not decide about queries"):
        propose_query(proposed, other, "mine", "SELECT 3")
    with pytest.raises(Permanent, match="other may not decide about queries"):
        approve_query(proposed, other, "mine", digest(proposed))
    assert (stand(proposed)[:2], OperatorAction.objects.count()) == ((OLD, NEW), 1)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("DROP TABLE x", "begins with DROP"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        (" ", "is empty"),
        ("COPY x TO 'y'", "begins with COPY"),
        ("SELEC 1", "begins with SELEC"),
        (OLD, "This is the query as it is"),
        ("SELECT $windowstart, $window_start -- $x", r"The query names \$windowstart, and the only name .* is \$window_start\."),
    ],
)
def test_only_another_single_select_is_proposed(ada: User, query: str, fault: str) -> None:
    definition = SyncDefinitionFactory.create(query=OLD)
    with pytest.raises(Permanent, match=fault):
        propose_query(definition, ada, "because", query)
    assert (stand(definition), OperatorAction.objects.count()) == ((OLD, "", None), 0)


@pytest.mark.parametrize("query", ["SELECT 1 AS a /* $windowstart */", "SELECT '$x' AS a", "SELECT $window_start AS a"])
def test_a_name_counts_where_it_is_code(ada: User, query: str) -> None:
    definition = SyncDefinitionFactory.create(query=OLD)
    propose_query(definition, ada, "because", query)
    assert stand(definition) == (OLD, query, ada)


def test_no_proposal_goes_without_a_reason(ada: User) -> None:
    definition = SyncDefinitionFactory.create(query=OLD)
    with pytest.raises(Permanent, match="Say why"):
        propose_query(definition, ada, " ", NEW)
    assert stand(definition) == (OLD, "", None)
