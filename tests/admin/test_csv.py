"""Lists as files for a spreadsheet: what the list shows, as text, after a reason that is kept; nothing in it is a formula."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import format_html

from iterable_admin.audit import exporting
from iterable_admin.audit.browsing import Browsing
from iterable_admin.audit.cells import plain
from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.pills import moment, pill
from iterable_admin.outbox.models import Delivery
from tests.admin.rows import fill, make_delivery
from tests.factories import ContactFactory, DeliveryFactory, SyncRowFactory

pytestmark = pytest.mark.django_db
DELIVERIES = reverse("admin:outbox_delivery_csv")
REASON = {"reason": "For the data team"}
LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model, model_admin in admin.site._registry.items()
    if isinstance(model_admin, Browsing)
)


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(answer.streaming_content).decode())))


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_comes_as_a_file_with_its_columns(superuser: Client, kind: str) -> None:
    fill(1)
    [head, *lines] = table(superuser.post(reverse(f"admin:{kind}_csv"), REASON))
    assert {len(line) for line in lines} <= {len(head)}
    assert not [cell for line in lines for cell in line if "<" in cell]
    assert OperatorAction.objects.latest("pk").verb == "export"


def test_pills_are_words_and_times_are_utc(technical: Client) -> None:
    made = make_delivery(1)
    Delivery.objects.update(created_at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    [head, line] = table(technical.post(DELIVERIES, REASON))
    told = dict(zip(head, line, strict=True))
    assert (told["id"], told["created"], told["state"]) == (str(made.pk), "2026-03-05T12:00:00+00:00", "needs you")
    assert (told["person"], told["last answer"]) == ("person-1@example.com", "400")


def test_the_file_holds_what_the_filter_and_the_search_show(technical: Client) -> None:
    make_delivery(1, state="skipped")
    make_delivery(2)
    kept = make_delivery(2, state="skipped")
    answer = technical.post(DELIVERIES + "?state__exact=skipped&q=person-2@example.com", REASON)
    assert [line[0] for line in table(answer)] == ["id", str(kept.pk)]


def test_the_number_of_rows_is_told_and_nothing_is_recorded_before_the_answer(technical: Client) -> None:
    make_delivery(1)
    page = technical.get(DELIVERIES).content.decode()
    assert "Download 1 deliveries" in page
    assert OperatorAction.objects.count() == 0


def test_the_record_says_who_took_which_list_how_much_and_why_without_an_address(technical: Client) -> None:
    make_delivery(1)
    technical.post(DELIVERIES + "?q=person-1@example.com", REASON)
    done = OperatorAction.objects.get()
    assert (done.actor_name, done.verb, done.subject, done.count) == ("technical_owner", "export", "deliveries", 1)
    assert (done.selection, done.reason) == ({"all_matching": "q=p…@e….com"}, "For the data team")


def test_without_the_right_or_a_reason_there_is_no_file_and_no_record(
    technical: Client, campaigns: Client, outsider: Client
) -> None:
    make_delivery(1)
    assert "This field is required" in technical.post(DELIVERIES, {"reason": " "}).content.decode()
    assert campaigns.post(DELIVERIES, REASON).status_code == 403
    assert outsider.post(reverse("admin:contacts_contact_csv"), REASON).status_code == 403
    right = Permission.objects.get(codename="export_list")
    for group in Group.objects.all():
        group.permissions.remove(right)
    assert technical.post(DELIVERIES, REASON).status_code == 403
    assert "Export as CSV" not in technical.get(reverse("admin:outbox_delivery_changelist")).content.decode()
    assert OperatorAction.objects.count() == 0


def test_each_role_may_take_the_lists_it_sees(campaigns: Client, business: Client, technical: Client) -> None:
    ContactFactory.create(email="ada@example.com")
    link = f'href="{reverse("admin:contacts_contact_csv")}"'
    for client in (campaigns, business, technical):
        assert link in client.get(reverse("admin:contacts_contact_changelist")).content.decode()
        assert "ada@example.com" in str(table(client.post(reverse("admin:contacts_contact_csv"), REASON)))
    assert OperatorAction.objects.count() == 3


def test_a_filter_that_does_not_exist_leads_back_to_the_list(technical: Client) -> None:
    answer = technical.post(DELIVERIES + "?created_at__gte=never", REASON)
    assert answer["Location"] == reverse("admin:outbox_delivery_changelist")
    assert OperatorAction.objects.count() == 0


@pytest.mark.parametrize("beginning", ["=1+1", "+1+1", "-1+1", "@cmd", "\t=1", "\r=1", "%x", "|x"])
def test_no_cell_is_a_formula(technical: Client, beginning: str) -> None:
    SyncRowFactory.create(reason=beginning, email="=x@example.com", state="failed")
    [_, line] = table(technical.post(reverse("admin:sync_syncrow_csv"), REASON))
    assert (line[1], line[5][0]) == ("'=x@example.com", "'")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("-", ""),
        (True, "yes"),
        (False, "no"),
        (-7, "-7"),
        (["a", 1], "a, 1"),
        ({"b": 1}, '{"b": 1}'),
        (pill("done", "done & gone"), "done & gone"),
        (moment(datetime(2026, 3, 5, 12, 0, 1, 5, tzinfo=UTC)), "2026-03-05T12:00:01+00:00"),
        (format_html('<a href="/x"><b>{}</b></a><br>{}', "one", "two"), "one two"),
    ],
)
def test_what_a_column_holds_becomes_plain_text(value: Any, text: str) -> None:
    assert plain(value) == text


def test_many_rows_are_read_some_at_a_time_each_once(technical: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = DeliveryFactory.create_batch(7)
    monkeypatch.setattr(exporting, "ROWS_A_READ", 3)
    answer = technical.post(DELIVERIES, REASON)
    with CaptureQueriesContext(connection) as reads:
        lines = table(answer)
    assert [line[0] for line in lines[1:]] == [str(row.pk) for row in rows]
    assert len(reads) == 4
