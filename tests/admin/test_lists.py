"""Every list: who may see it, what it costs in queries whatever it holds, and that history is never edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iterable_admin.inbox.models import Event
from tests.admin.rows import fill

pytestmark = pytest.mark.django_db

# The budget of each list: session, user, two of permissions (a superuser has none), count, rows, filters by a related table.
QUERIES = {
    "contacts_addresschange": 6,
    "contacts_contact": 6,
    "contacts_fieldchange": 6,
    "contacts_fieldprecedence": 6,
    "contacts_membership": 6,
    "contacts_namespace": 6,
    "consent_channel": 8,
    "consent_messagetype": 7,
    "consent_list": 6,
    "consent_subscriptionchange": 6,
    "consent_subscriptionstate": 6,
    "consent_profileobservation": 6,
    "consent_observedprofile": 6,
    "consent_addressreport": 6,
    "consent_ledgerseal": 6,
    "consent_resolvercheck": 6,
    "consent_erasure": 6,
    "consent_forgottenelsewhere": 6,
    "conditions_savedaudience": 6,
    "intake_eventtype": 6,
    "intake_reconciliation": 6,
    # Beside its rows: event types, the first event of the week, what came of each type, the last lint, findings,
    # names of folders; two filters.
    "journeys_journey": 14,
    "journeys_journeyversion": 6,
    "journeys_lintexception": 7,
    "journeys_lintfinding": 7,
    "journeys_lintrun": 6,
    "journeys_notification": 6,
    "journeys_silencealarm": 6,
    "journeys_campaign": 6,
    "journeys_template": 6,
    "journeys_mirrorrun": 6,
    "journeys_mirrorchange": 6,
    "inbox_event": 7,
    "inbox_source": 6,
    "inbox_sourcetoken": 6,
    "outbox_attempt": 6,
    "outbox_delivery": 7,
    "outbox_notice": 6,
    "outbox_ratebucket": 6,
    "outbox_sendingswitch": 6,
    "sync_syncdefinition": 6,
    "sync_syncrun": 7,
    "sync_syncrow": 7,
    "sync_synctrigger": 8,
    "sync_syncnotice": 6,
    "audit_dri": 6,
    "audit_bulkaction": 6,
    "audit_operatoraction": 8,
    "screens_mondaymail": 6,
    "contacts_listing": 6,
    "gateway_callback": 7,
    "inbox_refusedcall": 7,
    "journeys_rehearsalrun": 7,
    "journeys_pressurerun": 6,
}
# Shown to superusers alone: accounts, and Django-Q's plumbing.
PLUMBING = {
    *("auth_group", "auth_user", "signing_in_identity", "waking_wakeup"),
    *("django_q_failure", "django_q_ormq", "django_q_schedule", "django_q_success"),
}
# What every page costs besides: the state of the sending switch, in the header.
HEADER = 1
BROWSED = {
    "contacts_addresschange",
    *("contacts_contact", "contacts_fieldchange", "contacts_membership", "contacts_namespace", "consent_channel"),
    *("consent_messagetype", "intake_eventtype", "journeys_journey", "inbox_event", "consent_list"),
    *("consent_subscriptionchange", "consent_profileobservation", "consent_addressreport"),
    "conditions_savedaudience",
    *("journeys_journeyversion", "journeys_lintexception", "journeys_lintfinding", "journeys_silencealarm"),
    *("journeys_campaign", "journeys_template", "journeys_mirrorchange", "journeys_mirrorrun", "journeys_rehearsalrun"),
    "journeys_pressurerun",
}
AUDITED = {
    "audit_dri",
    "intake_reconciliation",
    "consent_resolvercheck",
    "audit_bulkaction",
    "audit_operatoraction",
    "sync_syncrun",
    "outbox_sendingswitch",
    "screens_mondaymail",
}
HISTORY = [
    "contacts_addresschange",
    *("contacts_contact", "contacts_fieldchange", "contacts_membership", "contacts_namespace"),
    *("consent_subscriptionchange", "consent_subscriptionstate", "consent_profileobservation", "consent_observedprofile"),
    *("consent_addressreport", "consent_ledgerseal", "inbox_event", "inbox_sourcetoken", "outbox_attempt", "outbox_delivery"),
    *("outbox_notice", "outbox_ratebucket", "journeys_mirrorrun", "journeys_mirrorchange", "intake_reconciliation"),
    *("consent_erasure", "consent_forgottenelsewhere", "consent_resolvercheck"),
    *("journeys_lintexception", "journeys_lintfinding", "journeys_lintrun", "journeys_notification"),
    *("outbox_sendingswitch", "sync_syncrun", "sync_syncrow", "sync_syncnotice", "audit_operatoraction", "audit_bulkaction"),
    *(
        "screens_mondaymail",
        "contacts_listing",
        "gateway_callback",
        "inbox_refusedcall",
        "journeys_rehearsalrun",
        "journeys_pressurerun",
    ),
]
MAINTAINED = sorted(QUERIES.keys() - set(HISTORY))
TERMS = ["person1@example.com", "person", "7", "3f0c4d3e-5b0a-4f0e-9f50-7a2f6a1f2c11", "9" * 40, "%'\x22"]


def url(kind: str, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{kind}_{page}", args=args)


def first_pk(kind: str) -> Any:
    model = next(model for model in admin.site._registry if f"{model._meta.app_label}_{model._meta.model_name}" == kind)
    return model._default_manager.order_by("pk").values_list("pk", flat=True)[0]


def queries(client: Client, kind: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url(kind)).status_code == 200, kind
    return len(captured)


def answers(client: Client, paths: dict[str, str]) -> dict[str, int]:
    return {kind: client.get(path).status_code for kind, path in paths.items()}


def expected(allowed: set[str]) -> dict[str, int]:
    return {kind: 200 if kind in allowed else 403 for kind in QUERIES}


def test_every_list_has_a_budget() -> None:
    lists = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert lists == QUERIES.keys() | PLUMBING


# Every list in one test: what they hold together takes longer to make than to ask for.
def test_a_list_costs_the_same_whatever_it_holds(technical: Client) -> None:
    budget = {kind: number + HEADER for kind, number in QUERIES.items()}
    fill(1)
    assert {kind: queries(technical, kind) for kind in QUERIES} == budget
    fill(7)
    assert {kind: queries(technical, kind) for kind in QUERIES} == budget


def test_a_list_is_for_those_whose_work_it_is(campaigns: Client, business: Client, outsider: Client) -> None:
    paths = {kind: url(kind) for kind in QUERIES}
    assert answers(campaigns, paths) == expected(BROWSED)
    assert answers(business, paths) == expected(BROWSED | AUDITED)
    assert answers(outsider, paths) == expected(set())


def test_each_row_has_a_page_for_the_same_people(campaigns: Client, technical: Client, outsider: Client) -> None:
    fill(1)
    paths = {kind: url(kind, "change", first_pk(kind)) for kind in QUERIES}
    assert answers(technical, paths) == expected(set(QUERIES))
    assert answers(campaigns, paths) == expected(BROWSED)
    assert answers(outsider, paths) == expected(set())


def test_history_is_edited_by_nobody(superuser: Client) -> None:
    fill(1)
    for kind in HISTORY:
        pk = first_pk(kind)
        assert superuser.post(url(kind, "change", pk), {"reason": "no"}).status_code == 403, kind
        assert superuser.post(url(kind, "delete", pk), {"post": "yes"}).status_code == 403, kind
        assert superuser.get(url(kind, "add")).status_code == 403, kind
        assert first_pk(kind) == pk


def test_what_is_set_up_is_never_deleted_and_never_changed_by_those_who_browse(superuser: Client, business: Client) -> None:
    fill(1)
    for kind in MAINTAINED:
        pk = first_pk(kind)
        assert superuser.post(url(kind, "delete", pk), {"post": "yes"}).status_code == 403, kind
        assert business.post(url(kind, "change", pk), {"notes": "mine", "reason": "no"}).status_code == 403, kind
        assert first_pk(kind) == pk


@pytest.mark.parametrize("term", TERMS)
def test_any_term_may_be_searched_in_any_list(technical: Client, term: str) -> None:
    assert {kind: technical.get(url(kind), {"q": term}).status_code for kind in QUERIES} == dict.fromkeys(QUERIES, 200)


UNFIT = ("nonsense=1", "pk=abc", "pk__range=1", "pk__iregex=(", "received_at__gte=2026-13-45")


@pytest.mark.parametrize("asked", UNFIT)
def test_what_a_list_cannot_be_asked_is_left_out_and_told(technical: Client, asked: str) -> None:
    page = technical.get(f"{url('inbox_event')}?{asked}&state__exact=needs_you", follow=True)
    assert page.redirect_chain == [(f"{url('inbox_event')}?state__exact=needs_you", 302)]
    told = f"Left out, since this list has no such filter, value or page: {asked}. What is shown is not narrowed by it."
    assert told in page.content.decode()


def test_no_list_fails_whatever_it_is_asked(technical: Client) -> None:
    fill(1)
    asked = "&".join((*UNFIT, f"pk__in={10**20}", "p=99999"))
    answered = [technical.get(f"{url(kind)}?{asked}") for kind in QUERIES]
    assert {answer.status_code for answer in answered} <= {200, 302}
    assert not [answer["Location"] for answer in answered if "e=1" in answer.headers.get("Location", "")]


def test_nothing_is_done_to_rows_that_were_chosen_by_a_filter_that_there_is_not(technical: Client) -> None:
    fill(1)
    before = list(Event.objects.values())
    told = {"action": "replay", "_selected_action": first_pk("inbox_event"), "shown": 1, "reason": "Once more"}
    answer = technical.post(f"{url('inbox_event')}?nonsense=1", told)
    assert (answer.status_code, answer["Location"]) == (302, url("inbox_event"))
    assert list(Event.objects.values()) == before


def test_an_address_is_found_whole_and_by_its_beginning(technical: Client) -> None:
    fill(2)
    whole = technical.get(url("inbox_event"), {"q": "Person-1@Example.com"})
    start = technical.get(url("inbox_event"), {"q": "person-"})
    assert [event.email for event in whole.context["cl"].result_list] == ["person-1@example.com"]
    assert len(start.context["cl"].result_list) == 2


def test_a_contact_is_found_by_a_namespace(technical: Client) -> None:
    fill(2)
    found = technical.get(url("contacts_contact"), {"q": "2"})
    assert "person-2@example.com" in {contact.email for contact in found.context["cl"].result_list}


def test_django_qs_tables_are_for_superusers_alone(superuser: Client, technical: Client) -> None:
    assert superuser.get("/admin/django_q/schedule/").status_code == 200
    assert superuser.get("/admin/django_q/failure/").status_code == 200
    assert technical.get("/admin/django_q/schedule/").status_code == 403
    assert "Plumbing" not in technical.get("/admin/").content.decode()


def test_the_seed_may_run_twice_and_keeps_an_operators_edit() -> None:
    from contacts.consent.models import MessageType
    from iterable_admin.audit.models import Dri

    call_command("seed")
    Dri.objects.filter(role=Dri.Role.TECHNICAL_OWNER).update(name="Somebody")
    MessageType.objects.filter(name="Marketing Message").update(notes="Ours")
    call_command("seed")
    assert Dri.objects.get(role=Dri.Role.TECHNICAL_OWNER).name == "Somebody"
    assert MessageType.objects.get(name="Marketing Message").notes == "Ours"
    assert MessageType.objects.get(name="Marketing Message").do_not_use is True


def test_a_large_list_is_counted_up_to_a_limit_and_says_so(technical: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(3)
    whole = technical.get(url("outbox_delivery")).content.decode()
    monkeypatch.setattr("iterable_admin.audit.browsing.MOST_COUNTED", 2)
    page = technical.get(url("outbox_delivery"))
    assert "more than" not in whole
    assert "more than 2 deliveries: search or filter to see the rest" in " ".join(page.content.decode().split())
