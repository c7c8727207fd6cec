"""Operations on many rows: stored as shown, done in the background, resumed after a kill, told row by row where left alone."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iterable_admin.audit.bulk import beginning, carrying_out
from iterable_admin.audit.bulk.carrying_out import carry_on, carry_out_next, take
from iterable_admin.audit.models import BulkAction, OperatorAction
from iterable_admin.outbox.models import Delivery
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db
LIST = "admin:outbox_delivery_changelist"
PAGE = "admin:audit_bulkaction_change"
PAGE_QUERIES = 7


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are many here, and two make a part."""
    monkeypatch.setattr("iterable_admin.audit.operating.MOST_AT_ONCE", 3)
    monkeypatch.setattr(beginning, "A_PART", 2)


def trouble(number: int, **values: Any) -> list[Delivery]:
    return DeliveryFactory.create_batch(number, **{"state": "needs_you", "reason_code": "permanent", **values})


def retry(client: Client, shown: int, action: str = "retry", **posted: Any) -> Any:
    chosen = {"action": action, "index": "0", ACTION_CHECKBOX_NAME: ["1"], "select_across": "1", "shown": str(shown)}
    return client.post(reverse(LIST) + "?reason_code=permanent", {**chosen, "reason": "Mended", **posted})


def begun(client: Client, number: int, **values: Any) -> BulkAction:
    trouble(number, **values)
    retry(client, number)
    return BulkAction.objects.get()


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_few_rows_are_done_at_once(technical: Client) -> None:
    trouble(3)
    retry(technical, 3)
    assert states() == ["ready"] * 3
    assert BulkAction.objects.count() == 0


def test_many_rows_are_asked_about_stored_and_lead_to_the_page_that_tells_how_far_they_are(technical: Client) -> None:
    trouble(5)
    assert "a worker does them in the background" in retry(technical, 5, reason="").content.decode()
    answer = retry(technical, 5)
    bulk = BulkAction.objects.get()
    assert answer["Location"] == reverse(PAGE, args=[bulk.pk])
    assert (bulk.total, bulk.done, bulk.state, bulk.actor_name, bulk.reason) == (5, 0, "waiting", "technical_owner", "Mended")
    assert states() == ["needs_you"] * 5
    first = OperatorAction.objects.get()
    assert (first.verb, first.subject, first.count, first.reason) == ("begin", "deliveries", 5, "Mended")
    assert first.selection == {"all_matching": "reason_code=permanent", "bulk_action": bulk.pk}


def test_a_worker_carries_it_out_and_what_came_of_it_is_recorded(technical: Client) -> None:
    bulk = begun(technical, 5)
    assert carry_on() == 3
    bulk.refresh_from_db()
    assert (bulk.state, bulk.done, bulk.left) == ("completed", 5, {})
    assert states() == ["ready"] * 5
    last = OperatorAction.objects.latest("pk")
    assert (last.verb, last.count, last.result) == ("retry", 5, "Retry: 5 of 5 deliveries.")
    assert last.selection == {"bulk_action": bulk.pk}


def test_only_what_was_shown_is_touched(technical: Client) -> None:
    begun(technical, 4)
    late = trouble(1)[0]
    carry_on()
    assert Delivery.objects.get(pk=late.pk).state == "needs_you"
    assert states().count("ready") == 4


def test_a_row_that_did_not_fit_when_shown_is_left_alone_though_it_fits_later(technical: Client) -> None:
    in_flight = trouble(1, state="sending")[0]
    trouble(4)
    retry(technical, 4)
    Delivery.objects.filter(pk=in_flight.pk).update(state="needs_you")
    carry_on()
    assert Delivery.objects.get(pk=in_flight.pk).state == "needs_you"
    assert BulkAction.objects.get().left == {"being sent": 1}


def test_the_page_names_what_was_left_alone_and_why_and_the_file_names_it_all(technical: Client) -> None:
    rows = trouble(5)
    retry(technical, 5)
    Delivery.objects.filter(pk=rows[0].pk).update(state="delivered")
    Delivery.objects.filter(pk=rows[3].pk).delete()
    carry_on()
    bulk = BulkAction.objects.get()
    assert (bulk.done, bulk.left) == (3, {"delivered": 1, "no longer there": 1})
    page = technical.get(reverse(PAGE, args=[bulk.pk])).content.decode()
    assert "Retry: 3 of 5 deliveries. Left alone: 1 delivered, 1 no longer there." in page
    assert f'<a href="/admin/outbox/delivery/{rows[0].pk}/change/">{rows[0].pk}</a>' in page
    answer: Any = technical.post(reverse("admin:audit_bulkaction_left_alone", args=[bulk.pk]), {"reason": "To look"})
    told = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode())))
    assert told == [["id", "why"], [str(rows[0].pk), "delivered"], [str(rows[3].pk), "no longer there"]]
    assert OperatorAction.objects.latest("pk").verb == "export"


def test_a_withdrawal_is_never_given_up_and_that_is_said(technical: Client) -> None:
    trouble(4)
    trouble(1, withdrawal=True)
    retry(technical, 4, action="give_up")
    carry_on()
    assert BulkAction.objects.get().left == {"a withdrawal, which is never given up": 1}
    assert states() == ["skipped"] * 4 + ["needs_you"]


def test_what_a_killed_worker_left_is_taken_up_once_its_lease_is_over_and_nothing_is_done_twice(technical: Client) -> None:
    bulk = begun(technical, 5)
    taken = take()
    assert taken
    carry_out_next(taken)
    # Here the worker is killed: it gives nothing back.
    assert carry_on() == 0
    Delivery.objects.filter(state="ready").update(state="delivered")
    BulkAction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert carry_on() == 2
    bulk.refresh_from_db()
    assert (bulk.state, bulk.done) == ("completed", 5)
    assert states() == ["delivered"] * 2 + ["ready"] * 3


def test_a_late_twin_does_nothing(technical: Client) -> None:
    begun(technical, 5)
    late = take()
    assert late
    BulkAction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert take()
    assert carry_out_next(late) is False
    assert states() == ["needs_you"] * 5


def test_an_error_in_one_part_is_undone_named_and_does_not_stop_the_others(technical: Client) -> None:
    bulk = begun(technical, 5)
    real = carrying_out._act

    def broken(bulk: BulkAction, operation: Any, rows: Any, keys: list[int | str]) -> Any:
        done = real(bulk, operation, rows, keys)
        if bulk.done == 0:
            raise ValueError("Boom")
        return done

    with patch.object(carrying_out, "_act", broken):
        bulk_of_two = take()
        assert bulk_of_two
        carry_out_next(bulk_of_two)
    carry_on_after(bulk_of_two)
    bulk.refresh_from_db()
    assert (bulk.done, bulk.left) == (3, {"our error (ValueError), which the log tells": 2})
    assert states() == ["needs_you"] * 2 + ["ready"] * 3


def carry_on_after(bulk: BulkAction) -> None:
    carrying_out.give_back(bulk)
    carry_on()


def test_one_that_kills_its_workers_stops_and_says_who_acts(technical: Client) -> None:
    bulk = begun(technical, 4)
    for _ in range(carrying_out.MOST_TAKES):
        assert take()
        BulkAction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert take() is None
    bulk.refresh_from_db()
    assert bulk.state == "stopped"
    assert "The technical owner looks into the log" in technical.get(reverse(PAGE, args=[bulk.pk])).content.decode()


def test_whoever_lost_the_right_meanwhile_does_nothing_more(technical: Client) -> None:
    begun(technical, 4)
    User.objects.get(username="technical_owner").groups.clear()
    carry_on()
    bulk = BulkAction.objects.get()
    assert (bulk.state, bulk.done) == ("stopped", 0)
    assert bulk.error == "technical_owner may not do this any more. Whoever may begins again from the list."
    assert states() == ["needs_you"] * 4


def test_cancelling_stops_it_between_two_parts_and_is_recorded(technical: Client) -> None:
    bulk = begun(technical, 5)
    taken = take()
    assert taken
    carry_out_next(taken)
    url = reverse("admin:audit_bulkaction_cancel", args=[bulk.pk])
    assert "3 deliveries not reached yet" in technical.get(url).content.decode()
    technical.post(url, {"reason": "Wrong ones"})
    assert carry_out_next(taken) is False
    page = technical.get(reverse(PAGE, args=[bulk.pk])).content.decode()
    assert "Retry: 2 of 5 deliveries. Not reached: 3." in page
    assert states() == ["ready"] * 2 + ["needs_you"] * 3
    last = OperatorAction.objects.latest("pk")
    assert (last.verb, last.count, last.reason) == ("cancel", 2, "Wrong ones")


def test_progress_is_told_while_it_is_under_way(technical: Client) -> None:
    bulk = begun(technical, 4)
    taken = take()
    assert taken
    carry_out_next(taken)
    told = technical.get(reverse("admin:audit_bulkaction_progress", args=[bulk.pk])).json()
    assert (told["state"], told["rows"], told["done"], told["width"]) == ("running", "2 of 4 deliveries", "2", 500)
    assert "progress.js" in technical.get(reverse(PAGE, args=[bulk.pk])).content.decode()


def test_those_without_the_right_begin_cancel_and_take_nothing(campaigns: Client, business: Client, technical: Client) -> None:
    trouble(4)
    assert retry(campaigns, 4).status_code == 403
    assert retry(business, 4).status_code == 403
    assert BulkAction.objects.count() == 0
    retry(technical, 4)
    bulk, recorded = BulkAction.objects.get(), OperatorAction.objects.count()
    for page in ("cancel", "left_alone", "progress"):
        assert campaigns.post(reverse(f"admin:audit_bulkaction_{page}", args=[bulk.pk]), {"reason": "x"}).status_code == 403
    assert business.post(reverse("admin:audit_bulkaction_cancel", args=[bulk.pk]), {"reason": "x"}).status_code == 403
    assert BulkAction.objects.get().state == "waiting"
    assert OperatorAction.objects.count() == recorded


def test_too_many_at_once_are_refused_and_nothing_is_kept(technical: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "MOST_ROWS", 4)
    trouble(5)
    answer = retry(technical, 5)
    assert "narrow the list by a filter" in technical.get(answer["Location"]).content.decode()
    assert BulkAction.objects.count() == 0
    assert OperatorAction.objects.count() == 0


def test_the_page_costs_a_fixed_number_of_queries(technical: Client) -> None:
    bulk = begun(technical, 4)
    url = reverse(PAGE, args=[bulk.pk])
    technical.get(url)
    with CaptureQueriesContext(connection) as few:
        technical.get(url)
    Delivery.objects.update(state="delivered")
    carry_on()
    with CaptureQueriesContext(connection) as many:
        technical.get(url)
    assert (len(few), len(many)) == (PAGE_QUERIES, PAGE_QUERIES + 1)


def test_one_about_a_kind_of_row_that_is_gone_stops_and_its_page_still_opens(technical: Client) -> None:
    bulk = begun(technical, 4)
    BulkAction.objects.update(model="outbox.gone", left={"delivered": 1})
    carry_on()
    assert BulkAction.objects.get().error == "This version has no such operation: begin again from the list."
    assert "Retry: 0 of 4 rows." in technical.get(reverse(PAGE, args=[bulk.pk])).content.decode()
