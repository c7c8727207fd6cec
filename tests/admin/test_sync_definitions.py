"""Definitions: what may be set, the mapping, runs at a glance, the preview, and the query under four eyes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_q.models import Schedule

from contacts.models import Contact
from contacts.sync.models import FieldMapping, SyncDefinition, SyncRun, SyncState
from contacts.sync.seed import NAMESPACE_INFORMATION
from iterable_admin.audit.models import OperatorAction
from tests.conftest import signed_in
from tests.factories import MembershipFactory, SyncDefinitionFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 10
PERCENTS = ["fewest_rows_percent", "most_changed_percent", "most_emptied_percent", "most_unknown_percent"]


@pytest.fixture
def definition(technical: Client) -> SyncDefinition:
    return SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)


@pytest.fixture
def small(db: None) -> SyncDefinition:
    found = SyncDefinitionFactory.create(query="SELECT 1 AS email_address")
    FieldMapping.objects.create(definition=found, source="company_name", field="company")
    return found


def url(name: str, definition: SyncDefinition) -> str:
    return reverse(f"admin:sync_syncdefinition_{name}", args=[definition.pk])


def page(client: Client, definition: SyncDefinition) -> str:
    return " ".join(client.get(url("change", definition)).content.decode().split())


def filled(definition: SyncDefinition, **changes: Any) -> dict[str, Any]:
    """The page's form as it stands, with one mapping, and some changes."""
    [mapping] = definition.mappings.all()
    same = {name: getattr(definition, name) for name in ("name", "target", "event_name", "match_key", "mode", "cron", "notes")}
    percents = dict.fromkeys(PERCENTS, 1)
    rows = {"mappings-TOTAL_FORMS": 1, "mappings-INITIAL_FORMS": 1, "mappings-0-id": mapping.pk}
    first = {f"mappings-0-{name}": getattr(mapping, name) for name in ("source", "field", "type")}
    return {**same, **percents, **rows, **first, "enabled": "on", "mappings-0-enabled": "on", "reason": "Because", **changes}


def second_row(source: str, field: str) -> dict[str, Any]:
    values = {"source": source, "field": field, "type": "string", "enabled": "on"}
    return {"mappings-TOTAL_FORMS": 2} | {f"mappings-1-{name}": value for name, value in values.items()}


def second_owner() -> User:
    account = User.objects.create_user("second", is_staff=True)
    account.groups.add(Group.objects.get(name="Technical owner"))
    return account


def save(client: Client, definition: SyncDefinition, **changes: Any) -> str:
    answer = client.post(url("change", definition), filled(definition, **changes), follow=True)
    definition.refresh_from_db()
    return " ".join(answer.content.decode().split())


def test_a_page_costs_the_same_whatever_runs_there_were(technical: Client, small: SyncDefinition) -> None:
    SyncRunFactory.create_batch(2, definition=small)
    page(technical, small)  # the first one of a process also looks up the content type
    with CaptureQueriesContext(connection) as few:
        page(technical, small)
    SyncRunFactory.create_batch(20, definition=small)
    FieldMapping.objects.create(definition=small, source="country", field="country")
    with CaptureQueriesContext(connection) as many:
        page(technical, small)
    assert (len(few), len(many)) == (PAGE_QUERIES, PAGE_QUERIES)


def test_the_last_runs_stand_as_blocks_with_words_and_as_a_trend_with_a_text(technical: Client, small: SyncDefinition) -> None:
    runs = [SyncRunFactory.create(definition=small, read=100 * number, enqueued=number) for number in range(1, 17)]
    words = page(technical, small)
    assert words.count('<li class="pill-good"><a') == 14
    assert f"{runs[-1]}, completed, " in words
    assert "1,600 read, 16 sent, 0 failed" in words
    assert f"Of 14 runs: read 300 in {runs[2]}, 1,600 in {runs[-1]}; sent 3 in {runs[2]}, 16 in {runs[-1]}." in words
    assert words.count("<polyline") == 2


def test_the_schedule_stands_in_words(technical: Client, small: SyncDefinition) -> None:
    SyncDefinition.objects.filter(pk=small.pk).update(cron="30 4 * * *")
    assert "At 04:30, every day (UTC); next start 20" in page(technical, small)
    SyncDefinition.objects.filter(pk=small.pk).update(enabled=False)
    assert "Switched off: it does not start by itself." in page(technical, small)


def test_another_cron_line_moves_the_schedule(technical: Client, small: SyncDefinition) -> None:
    save(technical, small, cron="30  4 * * *")
    schedule = Schedule.objects.get(name=f"sync {small.slug}")
    assert (small.cron, schedule.cron) == ("30 4 * * *", "30 4 * * *")
    assert (schedule.next_run.hour, schedule.next_run.minute, schedule.args) == (4, 30, f"{small.pk},")
    [action] = OperatorAction.objects.all()
    assert (action.verb, action.selection["fields"], action.reason) == ("change", ["cron", *PERCENTS], "Because")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cron": "61 3 * * *"}, "61 3 * * * is no cron line of five fields"),
        ({"cron": "0 3 * * * *"}, "0 3 * * * * is no cron line of five fields"),
        ({"target": "event", "event_name": "Nobody knows"}, "No event is called Nobody knows"),
        ({"target": "event"}, "A custom event needs its name"),
        ({"event_name": "SaaS Trials"}, "Only a custom event has a name"),
        ({"most_changed_percent": "101"}, "less than or equal to 100"),
        ({"mappings-0-source": "other.KEY"}, "source: other.KEY is neither a column nor a key of"),
        ({"mappings-0-source": "namespaces_array.A", "mappings-0-field": "info.B"}, "so its field ends in .A: not info.B"),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(
    technical: Client, small: SyncDefinition, changes: dict[str, str], told: str
) -> None:
    assert told in save(technical, small, **changes)
    assert (small.cron, small.event_name, small.mappings.get().source) == ("", "", "company_name")
    assert OperatorAction.objects.count() == 0


def test_an_event_that_is_registered_is_taken(technical: Client, small: SyncDefinition) -> None:
    save(technical, small, target="event", event_name="SaaS Trials")
    assert (small.target, small.event_name) == ("event", "SaaS Trials")


def test_a_mapping_is_changed_added_and_removed_with_the_reason_recorded(technical: Client, small: SyncDefinition) -> None:
    SyncDefinition.objects.filter(pk=small.pk).update(**dict.fromkeys(PERCENTS, 1))
    small.refresh_from_db()
    save(technical, small, **{"mappings-0-field": "companyName", **second_row("country", "country")})
    assert sorted(small.mappings.values_list("source", "field")) == [("company_name", "companyName"), ("country", "country")]
    action = OperatorAction.objects.get()
    assert (action.verb, action.count, action.reason) == ("change the mapping", 2, "Because")
    assert action.selection["changed"] == {"company_name → companyName": ["field"]}
    assert action.selection["added"] == ["country → country"]


def test_two_sources_never_fill_one_field(technical: Client, small: SyncDefinition) -> None:
    told = save(technical, small, **second_row("country", "company"))
    assert "field: company is filled from 2 sources that are on" in told
    assert small.mappings.count() == 1


def test_a_type_that_iterable_would_refuse_is_refused_here(technical: Client, small: SyncDefinition) -> None:
    SyncDefinition.objects.filter(pk=small.pk).update(held_types={"company": "string"})
    told = save(technical, small, **{"mappings-0-type": "boolean"})
    assert "Iterable would refuse company: it holds it as string, and company_name is mapped as true or false." in told
    assert small.mappings.get().type == "string"


def test_no_form_changes_the_query(technical: Client, small: SyncDefinition) -> None:
    save(technical, small, notes="Ours", query="SELECT 2", proposed_query="SELECT 3", keeps_contacts="on")
    assert (small.notes, small.query, small.proposed_query) == ("Ours", "SELECT 1 AS email_address", "")
    assert small.keeps_contacts is False


def test_a_definition_is_added_switched_off_until_it_has_a_query(technical: Client) -> None:
    values = {"name": "Seats", "slug": "seats", "owner": "", "notes": "", "reason": "Because", "enabled": "on"}
    technical.post(reverse("admin:sync_syncdefinition_add"), values)
    added = SyncDefinition.objects.get(slug="seats")
    assert (added.enabled, added.query) == (False, "")
    assert "Run now …" not in page(technical, added)
    FieldMapping.objects.create(definition=added, source="company_name", field="company")
    assert "Its first query is not approved yet" in save(technical, added)


@pytest.mark.parametrize(("name", "dry"), [("run_now", False), ("dry_run", True)])
def test_a_run_of_it_is_started(technical: Client, small: SyncDefinition, name: str, dry: bool) -> None:
    technical.post(url(name, small), {"reason": "Because"})
    run = SyncRun.objects.get()
    assert (run.definition, run.dry_run, OperatorAction.objects.get().reason) == (small, dry, "Because")


def look(client: Client, definition: SyncDefinition, email: str) -> str:
    return client.post(url("preview", definition), {"email": email}).content.decode()


def test_the_preview_shows_what_would_go_out_by_the_newest_values(technical: Client, definition: SyncDefinition) -> None:
    row = SyncRowFactory.create(run__definition=definition, state="delivered", email="ada@example.com", after={"company": "New"})
    SyncState.objects.create(definition=definition, address_key=row.address_key, accepted={"company": "Old"}, fingerprint="x")
    told = look(technical, definition, " Ada@example.com")
    assert "&quot;email&quot;: &quot;ada@example.com&quot;" in told
    assert "<code>Old</code></td>" in told
    action = OperatorAction.objects.get()
    assert (action.verb, action.selection["email"]) == ("view", "a…@e….com")


def test_the_preview_falls_back_on_the_namespaces_that_are_kept(technical: Client, definition: SyncDefinition) -> None:
    membership = MembershipFactory.create()
    told = look(technical, definition, membership.contact.email)
    assert "By the namespaces that are kept of this person" in told
    assert f"&quot;NAMESPACE_ID&quot;: {membership.namespace_id}" in told


def test_the_preview_says_when_nothing_is_known(technical: Client, definition: SyncDefinition) -> None:
    assert "Nothing is known of this person here" in look(technical, definition, "nobody@example.com")
    assert "This is not an email address." in look(technical, definition, "nobody")
    assert Contact.objects.count() == 0


def test_an_event_is_previewed_as_an_event(technical: Client) -> None:
    event = SyncDefinitionFactory.create(target="event", event_name="First Namespace")
    SyncRowFactory.create(run__definition=event, state="enqueued", email="ada@example.com", after={"plan": "Free"})
    assert "&quot;eventName&quot;: &quot;First Namespace&quot;" in look(technical, event, "ada@example.com")


def test_a_proposed_query_is_shown_against_the_old_one_and_approved_by_another(technical: Client, small: SyncDefinition) -> None:
    asked = technical.get(url("propose_query", small)).content.decode()
    assert "SELECT 1 AS email_address" in asked
    technical.post(url("propose_query", small), {"reason": "More", "query": "SELECT 2 AS email_address"})
    assert "Another person with the permission approves or refuses it." in page(technical, small)
    other = signed_in(second_owner())
    shown = other.get(url("approve_query", small))
    assert "removed: </span>SELECT 1 AS email_address" in shown.content.decode()
    assert "added: </span>SELECT 2 AS email_address" in shown.content.decode()
    [(_, seen)] = shown.context["question"].hidden
    other.post(url("approve_query", small), {"reason": "Right", "seen": seen})
    small.refresh_from_db()
    assert (small.query, small.proposed_query) == ("SELECT 2 AS email_address", "")


def test_a_query_that_is_no_select_is_refused_in_the_form(technical: Client, small: SyncDefinition) -> None:
    answer = technical.post(url("propose_query", small), {"reason": "More", "query": "DROP TABLE x"})
    small.refresh_from_db()
    assert "The query begins with DROP and has to be exactly one SELECT." in answer.content.decode()
    assert (small.proposed_query, OperatorAction.objects.count()) == ("", 0)


@pytest.mark.parametrize("name", ["run_now", "dry_run", "preview", "propose_query", "approve_query", "refuse_query", "change"])
def test_nothing_of_a_definition_is_for_others(
    campaigns: Client, business: Client, outsider: Client, small: SyncDefinition, name: str
) -> None:
    data = {"reason": "Mine", "query": "SELECT 3", "email": "ada@example.com"}
    assert [client.post(url(name, small), data).status_code for client in (campaigns, business, outsider)] == [403, 403, 403]
    assert (SyncRun.objects.count(), OperatorAction.objects.count()) == (0, 0)
