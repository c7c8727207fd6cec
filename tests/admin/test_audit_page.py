"""The audit page: who did what, when and why, in sentences, with looks at people and links to the rows."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import Erasure
from contacts.sync.models import ComparedPerson, ObserveComparison, SyncDefinition, SyncState
from contacts.sync.seed import NAMESPACE_INFORMATION
from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.sentences import TOLD, sentence
from tests.admin.rows import make_delivery
from tests.factories import ContactFactory, SyncRowFactory, SyncRunFactory
from tests.house.sources import product

pytestmark = pytest.mark.django_db
LIST = "admin:audit_operatoraction_changelist"


def noted(verb: str, subject: str, **values: Any) -> OperatorAction:
    return OperatorAction.objects.create(**{"actor_name": "ada", "verb": verb, "subject": subject, "reason": "Mended", **values})


def listed(client: Client, **query: Any) -> list[OperatorAction]:
    return list(client.get(reverse(LIST), query).context["cl"].result_list)


def page(client: Client, action: OperatorAction) -> str:
    return " ".join(client.get(reverse("admin:audit_operatoraction_change", args=[action.pk])).content.decode().split())


@pytest.mark.parametrize(
    ("verb", "subject", "count", "told"),
    [
        ("retry", "deliveries", 40, "ada retried 40 deliveries."),
        ("retry", "deliveries", 1, "ada retried 1 delivery."),
        ("cancel", "run 7", 1, "ada cancelled run 7."),
        ("view people", "exposed people of SUB01", 50, "ada looked at people: exposed people of SUB01 (50)."),
        ("switch", "sending switch", 1, "ada turned the sending switch."),
        ("invent", "run 7", 1, "ada invent: run 7."),
    ],
)
def test_a_line_is_a_sentence(verb: str, subject: str, count: int, told: str) -> None:
    assert sentence(noted(verb, subject, count=count)) == told


def test_the_list_tells_who_did_what_why_and_what_came_of_it(business: Client) -> None:
    noted("retry", "deliveries", count=40, result="Retry: 40 of 41 deliveries.")
    shown = business.get(reverse(LIST)).content.decode()
    for words in ("ada retried 40 deliveries.", "Mended", "Retry: 40 of 41 deliveries."):
        assert words in shown


def test_lines_are_filtered_by_person_verb_date_and_kind(technical: Client) -> None:
    mine = noted("retry", "deliveries", actor_name="technical_owner")
    look = noted("view people", "the window")
    assert listed(technical, actor_name="technical_owner") == [mine]
    assert listed(technical, verb="retry") == [mine]
    assert listed(technical, about="seen") == [look]
    assert listed(technical, about="done") == [mine]
    OperatorAction.objects.filter(pk=look.pk).update(at=timezone.now() - timedelta(days=40))
    assert listed(technical, at__gte=(timezone.now() - timedelta(days=1)).isoformat()) == [mine]


def links(text: str) -> dict[str, str]:
    """Within the sentence that tells what it was about."""
    told = re.search(r"What it was about: (.*?)</p>", text)
    found = re.findall(r'<a href="([^"]*)">([^<]*)</a>', told.group(1)) if told else []
    return {words: unescape(url) for url, words in found}


def test_a_line_leads_to_the_rows_it_touched(technical: Client) -> None:
    rows = [make_delivery(1), make_delivery(2), make_delivery(3)]
    some = noted("retry", "deliveries", count=2, selection={"ids": [str(row.pk) for row in rows[:2]]})
    [url] = links(page(technical, some)).values()
    assert set(technical.get(url).context["cl"].result_list) == set(rows[:2])
    by_filter = noted("retry", "deliveries", count=3, selection={"all_matching": "state__exact=needs_you"})
    [url] = links(page(technical, by_filter)).values()
    assert technical.get(url).context["cl"].result_count == 3


def test_a_line_about_one_thing_leads_to_its_page(technical: Client) -> None:
    run, contact = SyncRunFactory.create(), ContactFactory.create()
    action = noted("view", "x", selection={"run": run.pk, "contact": contact.pk, "comparison": 7})
    found = links(page(technical, action))
    assert list(found) == [f"sync run {run.pk}", f"contact {contact.pk}", "comparison 7"]
    assert {technical.get(url).status_code for url in found.values()} == {200}


def test_no_link_leads_where_the_viewer_may_not_go_or_where_an_address_was_masked(business: Client, technical: Client) -> None:
    erasure = Erasure.objects.create(address_key="a", reason="x", requested_by="x", requested_at=timezone.now())
    assert links(page(business, noted("forget", "x", selection={"erasure": erasure.pk}))) == {}
    masked = noted("export", "deliveries", selection={"all_matching": "q=a…@e….com"})
    assert links(page(technical, masked)) == {}


def test_only_owners_read_it_and_nobody_writes_it(campaigns: Client, outsider: Client, superuser: Client) -> None:
    action = noted("retry", "deliveries")
    for client in (campaigns, outsider):
        assert client.get(reverse(LIST)).status_code == 403
    assert superuser.post(reverse("admin:audit_operatoraction_delete", args=[action.pk]), {"post": "yes"}).status_code == 403
    assert OperatorAction.objects.count() == 1


def test_looks_at_people_behind_the_counts_of_the_sync_are_written_down(technical: Client) -> None:
    contact = ContactFactory.create()
    definition = SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)
    SyncState.objects.create(definition=definition, address_key=contact.address_key, entered_at=timezone.now())
    technical.get(reverse("sync_window"))
    run = SyncRunFactory.create(dry_run=True, plan={"to_send": 1})
    SyncRowFactory.create(run=run, state="planned", after={"company": "Acme"})
    technical.get(reverse("admin:sync_syncrun_change", args=[run.pk]))
    looks = list(OperatorAction.objects.order_by("pk").values_list("verb", "count", "selection__run"))
    assert looks == [("view people", 1, None), ("view people", 1, run.pk)]


def test_a_page_that_names_nobody_is_no_look(technical: Client) -> None:
    technical.get(reverse("sync_window"))
    technical.get(reverse("admin:sync_syncrun_change", args=[SyncRunFactory.create().pk]))
    technical.get(reverse("admin:consent_subscriptionchange_clock"))
    ObserveComparison.objects.create(since=timezone.now(), most=1)
    technical.get(reverse("observe"))
    assert OperatorAction.objects.count() == 0
    ComparedPerson.objects.create(comparison=ObserveComparison.objects.get(), address_key="a", email="a@example.com")
    technical.get(reverse("observe"), {"verdict": "waiting"})
    assert OperatorAction.objects.get().verb == "view people"


# Which argument of these is the verb.
VERB = {"record": 1, "_begin": 2, "_store": 2}


def verbs() -> set[str]:
    """Every verb that the code records as a literal, and the names of all operations."""
    calls = [node for source in product() for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    named = [(call, VERB[call.func.id]) for call in calls if isinstance(call.func, ast.Name) and call.func.id in VERB]
    words = [call.args[place] for call, place in named if len(call.args) > place]
    literals = {word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)}
    offered = [one for model_admin in admin.site._registry.values() for one in getattr(model_admin, "operations", ())]
    return literals | {way.name for one in offered for way in (one, *one.ways)}


def test_every_verb_that_is_recorded_has_its_words() -> None:
    assert {"retry", "export", "view people", "dry run"} <= verbs()
    assert verbs() - TOLD.keys() == set()
