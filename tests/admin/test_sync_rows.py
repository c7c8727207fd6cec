"""Rows of runs: what differed, what was asked and answered, dismissed ones, and the file for a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from contacts.sync.models import SyncRow
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.models import RefusedRow
from tests.factories import AttemptFactory, DeliveryFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db
LIST = "admin:sync_syncrow_changelist"
CSV = "admin:sync_syncrow_csv"


def page(client: Client, row: SyncRow) -> str:
    return " ".join(client.get(reverse("admin:sync_syncrow_change", args=[row.pk])).content.decode().split())


def found(client: Client, **query: Any) -> list[SyncRow]:
    return list(client.get(reverse(LIST), query).context["cl"].result_list)


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(answer.streaming_content).decode())))


def test_a_row_shows_old_and_new_of_each_field_and_namespaces_key_by_key(technical: Client) -> None:
    before = {"company": "Old Ltd", "namespaces": [{"NAMESPACE_ID": 7, "PLAN": "Free", "SAME": 1}]}
    after = {"company": "New Ltd", "namespaces": [{"NAMESPACE_ID": 7, "PLAN": "Ultimate", "SAME": 1}, {"NAMESPACE_ID": 9}]}
    words = page(technical, SyncRowFactory.create(before=before, after=after))
    for old, new in (("Old Ltd", "New Ltd"), ("Free", "Ultimate"), ("-", "9")):
        assert f'<td data-head="Old"><code>{old}</code></td><td data-head="New"><code>{new}</code></td>' in words
    assert "<code>7.PLAN</code>" in words
    assert "7.SAME" not in words


def test_a_row_without_values_says_so(technical: Client) -> None:
    assert "No values are kept of this row" in page(technical, SyncRowFactory.create(before=None, after=None))


def test_a_row_shows_what_was_sent_and_what_iterable_said(technical: Client) -> None:
    row = SyncRowFactory.create(state="failed")
    attempt = AttemptFactory.create(status=400, request_id="abc-123", excerpt='{"failCount": 1}')
    values = {"cause": "sync", "cause_id": str(row.pk), "state": "needs_you", "last_attempt": attempt}
    delivery = DeliveryFactory.create(payload={"dataFields": {"company": "Acme"}}, **values)
    RefusedRow.objects.create(attempt=attempt, delivery=delivery, outcome="refused", message="company: expected long")
    words = page(technical, row)
    for told in ("&quot;company&quot;: &quot;Acme&quot;", "abc-123", "&quot;failCount&quot;: 1", "company: expected long"):
        assert told in words


def test_rows_are_filtered_by_run_kind_and_reason(technical: Client) -> None:
    row = SyncRowFactory.create(state="failed", kind="changed", reason_code="permanent")
    SyncRowFactory.create(run=row.run, state="failed", kind="added", reason_code="gave_up")
    SyncRowFactory.create(state="failed", kind="changed", reason_code="permanent")
    assert found(technical, run__id__exact=row.run_id, kind__exact="changed") == [row]
    assert found(technical, run__id__exact=row.run_id, reason_code="permanent") == [row]
    assert found(technical, run__id__exact="x") == []


def test_chosen_rows_are_dismissed_and_shown_as_such(technical: Client) -> None:
    row, other, fine = (SyncRowFactory.create(state=state) for state in ("failed", "failed", "delivered"))
    chosen = {"action": "dismiss", "index": "0", ACTION_CHECKBOX_NAME: [str(row.pk), str(fine.pk)]}
    assert "Dismiss: 1 of 2 sync rows" in technical.post(reverse(LIST), chosen).content.decode()
    technical.post(reverse(LIST), {**chosen, "reason": "Known", "shown": "1"})
    assert list(SyncRow.objects.exclude(dismissed_at=None).values_list("pk", "dismissal")) == [(row.pk, "Known")]
    assert "Dismissed by technical_owner: Known" in page(technical, row)
    assert "failed, dismissed" in technical.get(reverse(LIST)).content.decode()
    assert "Dismissed by" not in page(technical, other)


def test_failures_come_as_a_file_after_a_reason_which_is_kept(technical: Client) -> None:
    run = SyncRunFactory.create()
    SyncRowFactory.create(run=run, state="failed", email="ada@example.com", reason_code="permanent", reason="No, said it.")
    SyncRowFactory.create(run=run, state="delivered")
    url = reverse(CSV) + f"?run__id__exact={run.pk}&state__exact=failed"
    assert "1 sync rows as CSV" in technical.get(url).content.decode()
    assert OperatorAction.objects.count() == 0
    answer = technical.post(url, {"reason": "For the data team"})
    [head, line] = table(answer)
    assert dict(zip(head, line, strict=True)) | {"updated at": ""} == {
        "Run id": str(run.pk),
        "email": "ada@example.com",
        "state": "failed",
        "kind": "",
        "reason code": "permanent",
        "reason": "No, said it.",
        "changed fields": "",
        "dismissed by": "",
        "updated at": "",
        "next step": "The same again would be refused again: the technical owner mends the data or the rule, then retries it.",
    }
    assert answer.headers["Cache-Control"].split(",")[0] == "no-store"
    action = OperatorAction.objects.get()
    assert (action.verb, action.count, action.reason) == ("export", 1, "For the data team")
    assert action.selection == {"all_matching": f"run__id__exact={run.pk}&state__exact=failed"}


def test_the_file_follows_a_search_and_its_record_holds_no_address(technical: Client) -> None:
    SyncRowFactory.create(email="ada@example.com")
    SyncRowFactory.create(email="grace@example.com")
    answer = technical.post(reverse(CSV) + "?q=ada@example.com", {"reason": "Asked for"})
    assert [line[1] for line in table(answer)] == ["email", "ada@example.com"]
    assert OperatorAction.objects.get().selection == {"all_matching": "q=a…@e….com"}


def test_without_a_reason_or_the_permission_there_is_no_file(
    technical: Client, campaigns: Client, business: Client, outsider: Client
) -> None:
    SyncRowFactory.create(email="ada@example.com")
    assert "This field is required" in technical.post(reverse(CSV), {"reason": " "}).content.decode()
    for client in (campaigns, business, outsider):
        assert client.post(reverse(CSV), {"reason": "Mine"}).status_code == 403
    assert OperatorAction.objects.count() == 0
