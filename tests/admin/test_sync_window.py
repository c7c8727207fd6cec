"""The window: who entered, left, vanished or changed plan between two days, and who stays behind in Iterable."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Presence
from contacts.sync.models import SyncDefinition, SyncState
from contacts.sync.seed import NAMESPACE_INFORMATION
from iterable_admin.addresses import address_key
from tests.factories import ContactFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db
QUERIES = 17
FIFTH = datetime(2026, 3, 5, 12, tzinfo=UTC)
INLINE = re.compile(r"<style|style=\"|\son\w+=\"|<script(?![^>]*\bsrc=)")
PERIOD = {"since": "2026-03-05", "until": "2026-03-06"}


@pytest.fixture
def definition(technical: Client) -> SyncDefinition:
    return SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)


def look(client: Client, **query: str) -> Any:
    return client.get(reverse("sync_window"), {**PERIOD, **query})


def counts(answer: Any) -> dict[str, int]:
    return {name: count for name, _, count, _ in answer.context["counts"]}


def state(definition: SyncDefinition, name: str, **values: Any) -> SyncState:
    return SyncState.objects.create(definition=definition, address_key=address_key(f"{name}@example.com"), **values)


def test_a_page_costs_the_same_whoever_moved(technical: Client, definition: SyncDefinition) -> None:
    state(definition, "first", entered_at=FIFTH)
    with CaptureQueriesContext(connection) as few:
        look(technical)
    for number in range(5):
        state(definition, f"p{number}", entered_at=FIFTH, gone="left", gone_at=FIFTH)
        ContactFactory.create(email=f"p{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        look(technical)
    assert (len(few), len(many)) == (QUERIES, QUERIES)


def test_who_entered_and_who_is_gone_is_counted_between_the_two_days(technical: Client, definition: SyncDefinition) -> None:
    state(definition, "a", entered_at=FIFTH)
    state(definition, "b", entered_at=datetime(2026, 3, 6, 23, 59, tzinfo=UTC))
    state(definition, "c", entered_at=datetime(2026, 3, 7, tzinfo=UTC))
    state(definition, "d", entered_at=datetime(2026, 3, 4, 23, 59, tzinfo=UTC), gone="left", gone_at=FIFTH)
    state(definition, "e", gone="vanished", gone_at=FIFTH)
    state(definition, "f", gone="vanished", gone_at=FIFTH)
    assert counts(look(technical)) == {"entered": 2, "left": 1, "vanished": 2, "plan": 0}


def test_people_are_named_by_their_contacts(technical: Client, definition: SyncDefinition) -> None:
    contact = ContactFactory.create(email="ada@example.com")
    state(definition, "ada", gone="left", gone_at=FIFTH)
    state(definition, "erased", gone="left", gone_at=FIFTH)
    page = look(technical, show="left").content.decode()
    link = reverse("admin:contacts_contact_change", args=[contact.pk])
    assert f'<a href="{link}">ada@example.com</a>' in page
    assert f"{address_key('erased@example.com')[:8]}… (no contact)" in page


def test_another_definitions_people_are_not_counted(technical: Client, definition: SyncDefinition) -> None:
    other = SyncDefinition.objects.exclude(pk=definition.pk).first()
    assert other
    state(other, "a", entered_at=FIFTH)
    assert counts(look(technical))["entered"] == 0
    assert counts(look(technical, definition=str(other.pk)))["entered"] == 1


def test_who_stays_behind_in_iterable_is_counted_with_what_it_means(technical: Client, definition: SyncDefinition) -> None:
    gone = {"gone": "left", "gone_at": FIFTH}
    for name, accepted in (("sent", "x"), ("sent-and-deleted", "x"), ("never-sent", ""), ("seen", "")):
        state(definition, name, fingerprint=accepted, **gone)
    state(definition, "still-there", fingerprint="x")
    for name, present in (("sent-and-deleted", False), ("seen", True)):
        key = address_key(f"{name}@example.com")
        Presence.objects.create(address_key=key, present=present, seen_at=FIFTH, how="look_up")
    answer = look(technical)
    assert answer.context["behind"] == 2
    assert "2 profiles of people who are gone are still in Iterable" in " ".join(answer.content.decode().split())
    assert "to bound the cost of storage" in answer.content.decode()


def test_who_changed_plan_is_shown_with_the_old_and_the_new_one(technical: Client, definition: SyncDefinition) -> None:
    before = {"info": [{"NAMESPACE_ID": 7, "GITLAB_PLAN_TITLE": "Free", "GLM": "a"}]}
    after = {"info": [{"NAMESPACE_ID": 7, "GITLAB_PLAN_TITLE": "Ultimate", "GLM": "b"}]}
    run = SyncRunFactory.create(definition=definition, started_at=FIFTH)
    values = {"kind": "changed", "state": "delivered", "before": before, "after": after}
    SyncRowFactory.create(run=run, changed_fields=["7.GITLAB_PLAN_TITLE", "7.GLM"], **values)
    SyncRowFactory.create(run=run, changed_fields=["7.GLM"], **values)
    dry = SyncRunFactory.create(definition=definition, started_at=FIFTH, dry_run=True)
    SyncRowFactory.create(run=dry, changed_fields=["7.GITLAB_PLAN_TITLE"], **values | {"state": "planned"})
    answer = look(technical, show="plan")
    [person] = answer.context["found"]
    assert counts(answer)["plan"] == 1
    assert [(line.field, line.old, line.new) for line in person.lines] == [("7.GITLAB_PLAN_TITLE", "Free", "Ultimate")]


def test_a_paid_plan_counts_as_a_changed_one(technical: Client, definition: SyncDefinition) -> None:
    run = SyncRunFactory.create(definition=definition, started_at=FIFTH)
    SyncRowFactory.create(run=run, kind="changed", state="failed", changed_fields=["7.GITLAB_PLAN_IS_PAID"])
    assert counts(look(technical))["plan"] == 1


def test_a_long_list_is_leafed_through(technical: Client, definition: SyncDefinition) -> None:
    for number in range(51):
        state(definition, f"p{number}", entered_at=FIFTH)
    first, second = look(technical), look(technical, page="2")
    assert [len(answer.context["found"]) for answer in (first, second)] == [50, 1]
    assert "show=entered&amp;page=2" in first.content.decode()


def test_days_the_wrong_way_round_are_refused_by_name(technical: Client) -> None:
    page = look(technical, since="2026-03-07").content.decode()
    assert "The last day lies before the first one." in page
    assert "Enter a valid date." in look(technical, since="yesterday").content.decode()


def test_without_dates_the_last_week_is_shown(technical: Client) -> None:
    period = technical.get(reverse("sync_window")).context["period"]
    assert ((period.until - period.since).days, period.definition.slug) == (6, NAMESPACE_INFORMATION)


def test_the_window_is_for_those_who_may_see_contacts(campaigns: Client, outsider: Client) -> None:
    assert [client.get(reverse("sync_window")).status_code for client in (campaigns, outsider, Client())] == [200, 403, 302]


def test_the_page_needs_no_inline_style_or_script(technical: Client) -> None:
    assert INLINE.findall(look(technical).content.decode()) == []
