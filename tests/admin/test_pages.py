"""The pages that join rooms, the dashboard, and what every page promises to a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import ResolverCheck
from contacts.models import AddressChange, Contact
from iterable_admin.audit.models import Dri
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery, SendingSwitch
from iterable_admin.waking.models import WakeUp
from tests.admin.rows import fill, make_delivery, make_event
from tests.conftest import People
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

PAGES = {
    "inbox_event": 10,
    "outbox_delivery": 11,
    "outbox_attempt": 7,
    "inbox_source": 9,
    "contacts_contact": 34,
    "sync_syncrun": 13,
    "sync_syncrow": 11,
    "sync_syncdefinition": 9,
    "journeys_rehearsalrun": 16,
    "conditions_savedaudience": 9,
    "inbox_refusedcall": 6,
}
DASHBOARD_QUERIES = 30
# What every page costs besides: the state of the sending switch, in the header.
HEADER = 1


def body(client: Client, name: str, *args: Any) -> str:
    response = client.get(reverse(f"admin:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_dashboard_costs_a_fixed_number_of_queries(technical: Client) -> None:
    fill(1)
    with CaptureQueriesContext(connection) as few:
        body(technical, "index")
    fill(5)
    with CaptureQueriesContext(connection) as many:
        body(technical, "index")
    assert (len(few), len(many)) == (DASHBOARD_QUERIES + HEADER, DASHBOARD_QUERIES + HEADER)


@pytest.mark.parametrize(("role", "queries"), [("campaigns_owner", 12), ("business_owner", 29)])
def test_the_dashboard_of_every_role_costs_a_fixed_number_of_queries(people: People, role: str, queries: int) -> None:
    client, counts = Client(), []
    client.force_login(getattr(people, role))
    for rows in (1, 5):
        fill(rows)
        with CaptureQueriesContext(connection) as asked:
            body(client, "index")
        counts.append(len(asked))
    assert counts == [queries + HEADER] * 2


def test_the_dashboard_groups_trouble_by_reason_with_a_link_to_the_filtered_list(technical: Client) -> None:
    make_delivery(1, reason_code="permanent")
    make_delivery(2, reason_code="permanent")
    page = body(technical, "index")
    link = "/admin/outbox/delivery/?reason_code=permanent&amp;state__exact=needs_you"
    assert f'<a href="{link}">2 deliveries</a>' in page
    assert technical.get(link.replace("&amp;", "&")).context["cl"].result_count == 2


def test_a_withdrawal_not_yet_applied_is_red_and_says_who_acts(technical: Client) -> None:
    assert "withdrawal" not in body(technical, "index").replace("withdrawals leave", "")
    make_delivery(1, withdrawal=True)
    make_event(2, withdrawal=True, state=Event.State.RECEIVED)
    page = body(technical, "index")
    assert "! 2 withdrawals not yet applied in Iterable" in page
    assert "the technical owner mends what needs somebody, now" in page


def test_a_halt_and_a_silent_worker_are_told_until_they_end(technical: Client) -> None:
    SendingSwitch.objects.update_or_create(pk=1, defaults={"halted_at": timezone.now(), "halted_because": "401: bad key"})
    page = body(technical, "index")
    assert "Sending is halted since" in page
    assert "No worker has taken up the outbox" in page
    SendingSwitch.objects.update(halted_at=None)
    for name in ("inbox", "outbox"):
        WakeUp.objects.update_or_create(name=name, defaults={"started_at": timezone.now()})
    page = body(technical, "index")
    assert "halted" not in page
    assert "No worker has taken up" not in page


def test_a_vacant_role_is_named_until_somebody_holds_it(business: Client) -> None:
    assert "Technical owner is vacant" in body(business, "index")
    Dri.objects.filter(role=Dri.Role.TECHNICAL_OWNER).update(name="Somebody")
    assert "is vacant" not in body(business, "index")


def test_the_dashboard_shows_each_only_what_is_theirs(campaigns: Client, outsider: Client) -> None:
    make_event(1)
    assert "Events in 24 hours" in body(campaigns, "index")
    assert "Needs somebody" not in body(campaigns, "index")
    refused = outsider.get(reverse("admin:index"))
    assert (refused.status_code, "Events in 24 hours" in refused.content.decode()) == (403, False)


def test_a_change_of_address_that_needs_somebody_stands_on_the_dashboard_and_with_its_contact(technical: Client) -> None:
    contact = ContactFactory.create(gitlab_user_id=7)
    AddressChange.objects.create(
        gitlab_user_id=7,
        old_key=contact.address_key,
        new_key="b",
        cause="event",
        cause_id="1",
        occurred_at=timezone.now(),
        noticed_at=timezone.now(),
        one_person=False,
        state="needs_you",
        reason="Another GitLab user is known under the new address.",
    )
    page = body(technical, "index")
    assert "1 change of address" in page
    assert "finds out in GitLab who has the address now" in page
    assert "Another GitLab user is known" in body(technical, "contacts_contact_change", contact.pk)


def test_the_dashboard_says_whether_the_rules_agree_on_real_people(technical: Client) -> None:
    assert "Not checked yet" in body(technical, "index")
    call_command("check_resolver", people=10)
    assert "0 of 0 verdicts agree" in body(technical, "index")
    ResolverCheck.objects.create(checked_at=timezone.now(), people=2, verdicts=6, differing=4)
    page = body(technical, "index")
    assert "✗" in page
    assert "2 of 6 verdicts agree" in page
    assert "The technical owner reports the examples there as a defect, now" in page


def test_the_list_of_tasks_is_grouped_by_task(technical: Client) -> None:
    names = [app["name"] for app in technical.get(reverse("admin:index")).context["app_list"]]
    assert names == ["Browse", "Operate", "Set up"]


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_costs_a_fixed_number_of_queries(technical: Client, kind: str) -> None:
    fill(3)
    pk = _first(kind)
    body(technical, f"{kind}_change", pk)  # the first one of a process also looks up the content type
    with CaptureQueriesContext(connection) as few:
        body(technical, f"{kind}_change", pk)
    for _ in range(4):
        make_delivery(1, cause_id=str(make_event(1).uuid))
    with CaptureQueriesContext(connection) as many:
        body(technical, f"{kind}_change", pk)
    assert (len(few), len(many)) == (PAGES[kind] + HEADER, PAGES[kind] + HEADER)


def _first(kind: str) -> int:
    from django.apps import apps

    app, model = kind.split("_")
    return int(apps.get_model(app, model)._default_manager.order_by("pk").values_list("pk", flat=True)[0])


def test_an_event_shows_why_both_payloads_and_what_it_caused(technical: Client) -> None:
    fault = {"reason": "It broke", "reason_code": "our_bug", "traceback": "Boom"}
    event = make_event(1, raw_body='{"raw": 1}', payload={"understood": 2}, **fault)
    delivery = make_delivery(1, cause_id=str(event.uuid))
    page = body(technical, "inbox_event_change", event.pk)
    assert "It broke. Our error: the technical owner has it mended in the code, then replays it." in page
    assert "&quot;raw&quot;: 1" in page
    assert "&quot;understood&quot;: 2" in page
    assert "Boom" in page
    assert reverse("admin:outbox_delivery_change", args=[delivery.pk]) in page


def test_those_who_may_not_see_deliveries_see_none_on_an_events_page(campaigns: Client) -> None:
    event = make_event(1)
    make_delivery(1, cause_id=str(event.uuid))
    assert "Deliveries it caused" not in body(campaigns, "inbox_event_change", event.pk)


def test_a_held_row_names_the_withdrawal_it_waits_for(technical: Client) -> None:
    withdrawal = make_delivery(1, withdrawal=True)
    held = make_delivery(1, state=Delivery.State.HELD, held_for=withdrawal, reason="Waits")
    page = body(technical, "outbox_delivery_change", held.pk)
    link = reverse("admin:outbox_delivery_change", args=[withdrawal.pk])
    assert f'<a href="{link}">Withdrawal {withdrawal.pk}</a>' in page


def test_a_contact_shows_subscriptions_namespaces_history_and_what_came_and_went(technical: Client) -> None:
    fill(1)
    page = body(technical, "contacts_contact_change", _first("contacts_contact"))
    for words in (
        "Withdrew from all marketing on",
        "Namespaces",
        "company changed",
        "SaaS Trials",
        "Profile update",
        "Marketing Message",
    ):
        assert words in page


@pytest.mark.parametrize("path", ["index", "inbox_event_changelist", "contacts_contact_changelist", "intake_eventtype_add"])
def test_no_page_needs_inline_script_or_style(technical: Client, path: str) -> None:
    fill(1)
    response = technical.get(reverse(f"admin:{path}"))
    page = response.content.decode()
    assert re.findall(r"<style|style=\"|\son\w+=\"|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page) == []
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("kind", PAGES)
def test_no_rows_page_needs_inline_script_or_style(technical: Client, kind: str) -> None:
    fill(1)
    page = body(technical, f"{kind}_change", _first(kind))
    assert re.findall(r"<style|style=\"|\son\w+=\"|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", page) == []


@pytest.mark.parametrize("kind", PAGES)
def test_no_form_stands_in_another_where_a_browser_would_not_see_it(technical: Client, kind: str) -> None:
    fill(2)
    Contact.objects.update(created_at=timezone.now() - timedelta(days=9))
    page = body(technical, f"{kind}_change", _first(kind))
    assert re.findall(r"<form[^>]*>(?:(?!</form>).)*<form[^>]*>", page, re.DOTALL) == []


@pytest.mark.parametrize("page", ["index", "contacts_contact", "sync_syncrun", "outbox_delivery", "inbox_event"])
def test_every_link_of_a_page_leads_somewhere(technical: Client, page: str) -> None:
    fill(2)
    make_delivery(1, withdrawal=True, reason_code="configuration")
    source = body(technical, page) if page == "index" else body(technical, f"{page}_change", _first(page))
    links = {unescape(link) for link in re.findall(r'href="(/admin/[^"]*\?[^"]*)"', source)}
    assert {link: technical.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_a_page_that_is_not_there_or_not_for_this_role_says_so_and_leads_back(campaigns: Client, technical: Client) -> None:
    refused, missing = campaigns.get("/admin/outbox/delivery/"), technical.get("/admin/inbox/event/1/mend/")
    assert (refused.status_code, missing.status_code) == (403, 404)
    assert "<h1>Not for your role</h1>" in refused.content.decode()
    assert "<h1>Not found</h1>" in missing.content.decode()
    assert 'href="/admin/"' in missing.content.decode()
