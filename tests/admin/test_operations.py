"""Operations: asked first with the number of rows, done with a reason, recorded; a refused one changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from contacts.sync.models import SyncDefinition, SyncRow
from iterable_admin.audit.models import OperatorAction
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery
from tests.admin.rows import make_delivery, make_event, make_run

pytestmark = pytest.mark.django_db

DELIVERIES = "admin:outbox_delivery_changelist"
EVENTS = "admin:inbox_event_changelist"
ROWS = "admin:sync_syncrow_changelist"


def ask(client: Client, view: str, action: str, *pks: int, query: str = "", **posted: Any) -> Any:
    data = {"action": action, "index": "0", ACTION_CHECKBOX_NAME: [str(pk) for pk in pks], **posted}
    return client.post(reverse(view) + query, data)


def test_the_number_of_rows_is_shown_before_anything_happens(technical: Client) -> None:
    rows = [make_delivery(1), make_delivery(2), make_delivery(3, state="sending")]
    page = ask(technical, DELIVERIES, "retry", *(row.pk for row in rows)).content.decode()
    assert "Retry: 2 of 3 deliveries" in page
    assert "1 of the chosen deliveries will not be touched" in page
    assert Delivery.objects.filter(state="needs_you").count() == 2
    assert OperatorAction.objects.count() == 0


def test_confirmed_rows_are_retried_and_recorded(technical: Client) -> None:
    row, other = make_delivery(1), make_delivery(2)
    ask(technical, DELIVERIES, "retry", row.pk, reason="The key was mended", shown="1")
    assert Delivery.objects.get(pk=row.pk).state == "ready"
    assert Delivery.objects.get(pk=other.pk).state == "needs_you"
    recorded = OperatorAction.objects.get()
    assert (recorded.actor_name, recorded.verb, recorded.subject) == ("technical_owner", "retry", "deliveries")
    assert (recorded.selection, recorded.count, recorded.reason) == ({"ids": [str(row.pk)]}, 1, "The key was mended")
    assert recorded.result == "Retry: 1 of 1 deliveries."


def test_all_that_match_a_filter_are_retried_and_no_others(technical: Client) -> None:
    rows = [make_delivery(number, reason_code="permanent") for number in range(1, 61)]
    other = make_delivery(99, reason_code="configuration")
    query = "?reason_code=permanent"
    asked = ask(technical, DELIVERIES, "retry", rows[0].pk, query=query, select_across="1").content.decode()
    assert "Retry: 60 of 60 deliveries" in asked
    ask(technical, DELIVERIES, "retry", rows[0].pk, query=query, select_across="1", reason="Mended", shown="60")
    assert Delivery.objects.filter(state="ready").count() == 60
    assert Delivery.objects.get(pk=other.pk).state == "needs_you"
    assert OperatorAction.objects.get().selection == {"all_matching": "reason_code=permanent"}


def test_a_recorded_filter_holds_no_address(technical: Client) -> None:
    row = make_delivery(1)
    ask(technical, DELIVERIES, "retry", row.pk, query="?q=person-1@example.com", select_across="1", reason="Mended", shown="1")
    assert OperatorAction.objects.get().selection == {"all_matching": "q=p…@e….com"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_happens(technical: Client, reason: str) -> None:
    row = make_delivery(1)
    page = ask(technical, DELIVERIES, "retry", row.pk, reason=reason, shown="1").content.decode()
    assert "This field is required." in page
    assert Delivery.objects.get(pk=row.pk).state == "needs_you"
    assert OperatorAction.objects.count() == 0


def test_more_rows_than_were_shown_are_asked_about_again(technical: Client) -> None:
    rows = [make_delivery(1), make_delivery(2)]
    page = ask(technical, DELIVERIES, "retry", rows[0].pk, select_across="1", reason="Mended", shown="1").content.decode()
    assert "Retry: 2 of 2 deliveries" in page
    assert Delivery.objects.filter(state="needs_you").count() == 2


def test_a_row_in_flight_is_refused_politely(technical: Client) -> None:
    row = make_delivery(1, state="sending")
    page = ask(technical, DELIVERIES, "retry", row.pk, reason="Now", shown="1").content.decode()
    assert "What is on its way or ready goes by itself" in page
    assert Delivery.objects.get(pk=row.pk).state == "sending"


def test_giving_up_ends_a_row_with_the_reason_but_never_a_withdrawal(technical: Client) -> None:
    row, withdrawal = make_delivery(1), make_delivery(2, withdrawal=True)
    ask(technical, DELIVERIES, "give_up", row.pk, withdrawal.pk, reason="Left the company", shown="1")
    assert Delivery.objects.get(pk=row.pk).reason == "Given up: Left the company"
    assert Delivery.objects.get(pk=withdrawal.pk).state == "needs_you"


def test_an_event_is_replayed(technical: Client) -> None:
    event = make_event(1)
    ask(technical, EVENTS, "replay", event.pk, reason="Mended", shown="1")
    assert Event.objects.get(pk=event.pk).state == "received"
    assert OperatorAction.objects.get().verb == "replay"


def test_a_failed_sync_row_is_taken_up_again(technical: Client) -> None:
    run = make_run(SyncDefinition.objects.create(name="N", slug="n"))
    row = SyncRow.objects.create(run=run, address_key="a" * 64, email="a@example.com", state="failed", reason_code="refused")
    ask(technical, ROWS, "retry", row.pk, reason="Mended", shown="1")
    assert SyncRow.objects.get(pk=row.pk).state != "failed"
    assert OperatorAction.objects.get().subject == "sync rows"


def test_those_without_the_permission_change_nothing(campaigns: Client, business: Client, outsider: Client) -> None:
    delivery, event = make_delivery(1), make_event(1)
    row = SyncRow.objects.create(run=make_run(SyncDefinition.objects.create(name="N", slug="n")), address_key="a", state="failed")
    for client in (campaigns, business, outsider):
        ask(client, DELIVERIES, "retry", delivery.pk, reason="Mine", shown="1")
        ask(client, DELIVERIES, "give_up", delivery.pk, reason="Mine", shown="1")
        ask(client, EVENTS, "replay", event.pk, reason="Mine", shown="1")
        ask(client, ROWS, "retry", row.pk, reason="Mine", shown="1")
    assert Delivery.objects.get(pk=delivery.pk).state == "needs_you"
    assert Event.objects.get(pk=event.pk).state == "needs_you"
    assert SyncRow.objects.get(pk=row.pk).state == "failed"
    assert OperatorAction.objects.count() == 0


def test_a_rows_page_has_the_buttons_for_those_who_may_press_them(technical: Client, campaigns: Client) -> None:
    page = reverse("admin:inbox_event_change", args=[make_event(1).pk])
    assert "Replay …" in technical.get(page).content.decode()
    assert "Replay …" not in campaigns.get(page).content.decode()
