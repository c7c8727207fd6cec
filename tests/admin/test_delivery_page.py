"""The pages of a delivery and of a call: what was asked and answered; retried in three ways, by those who may."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.sync.models import SyncRow
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.models import Delivery, RefusedRow
from tests.admin.rows import make_delivery
from tests.admin.test_operations import ask
from tests.factories import AttemptFactory, ContactFactory, DeliveryFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db

DELIVERIES = "admin:outbox_delivery_changelist"
STATES = [
    ("ready", "This profile update was made <time"),
    ("sending", "is on its way to Iterable now, in attempt 2 of"),
    ("waiting", "did not arrive in 2 of"),
    ("held", "and is held."),
    ("settling", "and is applying it."),
    ("delivered", "Iterable accepted this profile update <time"),
    ("skipped", "it is not sent."),
    ("needs_you", "did not arrive, after 2 attempts: it needs the technical owner."),
]


def page_of(client: Client, kind: str, pk: int) -> str:
    return " ".join(client.get(reverse(f"admin:outbox_{kind}_change", args=[pk])).content.decode().split())


def stuck(**values: Any) -> Delivery:
    delivery: Delivery = DeliveryFactory.create(
        state="needs_you", email="ada@example.com", payload={"dataFields": {"company": "Old", "state": "OR"}}, **values
    )
    return delivery


def newer_than(row: Delivery, **values: Any) -> Delivery:
    given = {"state": "delivered", "accepted_at": timezone.now(), "payload": {"dataFields": {"company": "New"}}, **values}
    delivery: Delivery = DeliveryFactory.create(email=row.email, **given)
    return delivery


def confirm(client: Client, *rows: Delivery, choice: str, **posted: str) -> Any:
    given = {"reason": "Mended", "shown": str(len(rows)), "choice": choice, **posted}
    return ask(client, DELIVERIES, "retry", *(row.pk for row in rows), **given)


@pytest.mark.parametrize(("state", "words"), STATES)
def test_each_state_is_told_in_a_sentence(technical: Client, state: str, words: str) -> None:
    now = timezone.now()
    row = DeliveryFactory.create(state=state, attempts=2, accepted_at=now, ended_at=now, settles_at=now, lease_until=now)
    assert words in page_of(technical, "delivery", row.pk)


def test_each_attempt_stands_with_request_and_response(technical: Client) -> None:
    first = AttemptFactory.create(status=400, accepted=0, refused=1, excerpt='{"code": "BadParams"}', error="refused")
    row = stuck(last_attempt=AttemptFactory.create(status=None, accepted=0, refused=1, error="No answer"))
    RefusedRow.objects.create(attempt=first, delivery=row, outcome="wrong_type", message="company is no text")
    page = page_of(technical, "delivery", row.pk)
    assert page.count('<article class="attempt">') == 2
    assert "wrong type" in page
    assert "Iterable said: company is no text" in page
    assert "&quot;code&quot;: &quot;BadParams&quot;" in page
    assert "POST /api/users/bulkUpdate Api-Key: $ITERABLE_API_KEY" in page
    assert "&quot;company&quot;: &quot;Old&quot;" in page


CALLS: list[tuple[str, str, str, dict[str, Any], str, Any]] = [
    (
        *("profile", "POST", "/api/users/bulkUpdate", {"dataFields": {"company": "it's $HOME"}}, "/api/users/bulkUpdate"),
        {"users": [{"email": "ada@example.com", "dataFields": {"company": "it's $HOME"}, "mergeNestedObjects": False}]},
    ),
    (
        *("track", "POST", "/api/events/trackBulk"),
        {"eventName": "SaaS Trials", "dataFields": {}, "id": "a-1", "createdAt": 1_790},
        "/api/events/trackBulk",
        {
            "events": [
                {
                    "email": "ada@example.com",
                    "eventName": "SaaS Trials",
                    "dataFields": {},
                    "id": "a-1",
                    "createdAt": 1_790,
                }
            ]
        },
    ),
    ("look_up", "GET", "/api/users/getByEmail", {}, "/api/users/getByEmail?email=ada%40example.com", None),
    (
        *("unsubscribe", "DELETE", "/api/subscriptions/{group}/{id}/user/{email}", {"group": "messageChannel", "id": 7}),
        *("/api/subscriptions/messageChannel/7/user/ada%40example.com", None),
    ),
    ("forget", "POST", "/api/users/forget", {}, "/api/users/forget", {"email": "ada@example.com"}),
]


@pytest.mark.parametrize(("operation", "method", "endpoint", "payload", "path", "body"), CALLS)
def test_a_call_is_copied_as_curl_without_the_key(
    technical: Client, settings: Any, operation: str, method: str, endpoint: str, payload: Any, path: str, body: Any
) -> None:
    settings.ITERABLE_API_KEY = "0123456789abcdef0123456789abcdef"
    attempt = AttemptFactory.create(method=method, endpoint=endpoint)
    DeliveryFactory.create(operation=operation, email="ada@example.com", payload=payload, last_attempt=attempt, state="delivered")
    response = technical.get(reverse("admin:outbox_attempt_change", args=[attempt.pk]))
    assert settings.ITERABLE_API_KEY not in response.content.decode()
    words = [word for word in shlex.split(response.context["exchange"].curl) if word.strip()]
    assert words[:6] == ["curl", "-X", method, f"{settings.ITERABLE_BASE_URL}{path}", "-H", "Api-Key: $ITERABLE_API_KEY"]
    assert (json.loads(words[-1]) if body else None) == body


def test_a_call_whose_people_were_erased_cannot_be_copied(technical: Client) -> None:
    attempt = AttemptFactory.create()
    DeliveryFactory.create(email="", lane="a", payload={}, last_attempt=attempt, state="skipped")
    page = page_of(technical, "attempt", attempt.pk)
    assert "Not kept: its deliveries were sent by a later call since" in page
    assert "Copy as curl" not in page


def test_a_retry_warns_of_newer_values_and_names_field_and_writer(technical: Client) -> None:
    row = stuck()
    newer = newer_than(row, cause="sync", cause_id="1")
    page = ask(technical, DELIVERIES, "retry", row.pk).content.decode()
    assert f"As received, delivery {row.pk} would overwrite newer values in Iterable: company, " in page
    assert f"written by delivery {newer.pk} of the sync." in page
    assert Delivery.objects.get(pk=row.pk).state == "needs_you"


@pytest.mark.parametrize(
    "values",
    [{"state": "needs_you"}, {"payload": {"dataFields": {"company": "Old"}}}, {"payload": {"dataFields": {"city": "x"}}}],
)
def test_what_is_not_newer_or_the_same_is_not_warned_of(technical: Client, values: dict[str, Any]) -> None:
    row = stuck()
    newer_than(row, **values)
    assert "would overwrite" not in ask(technical, DELIVERIES, "retry", row.pk).content.decode()


def test_as_received_sends_the_same_payload(technical: Client) -> None:
    row = stuck()
    ContactFactory.create(email=row.email, profile={"company": "New"})
    confirm(technical, row, choice="retry")
    again = Delivery.objects.get()
    assert (again.pk, again.state, again.payload) == (row.pk, "ready", row.payload)


def test_the_latest_values_go_by_a_new_row_and_the_old_one_stays_on_record(technical: Client) -> None:
    row = stuck(last_attempt=AttemptFactory.create(), reason="Refused.")
    ContactFactory.create(email=row.email, profile={"company": "New", "country": "Chile"})
    confirm(technical, row, choice="send_latest")
    old, new = Delivery.objects.order_by("pk")
    assert (old.state, old.reason_code, old.payload, old.last_attempt) == ("skipped", "replaced", row.payload, row.last_attempt)
    assert old.reason == "Refused. Sent anew by a later delivery, with the latest values: Mended"
    assert (new.state, new.payload) == ("ready", {"dataFields": {"company": "New", "state": "OR"}})
    assert (new.cause, new.cause_id, new.creates, new.lane) == (row.cause, row.cause_id, row.creates, row.lane)
    assert OperatorAction.objects.get().verb == "send_latest"


def test_what_has_no_later_values_is_left_alone_and_named(technical: Client) -> None:
    row, event = stuck(), stuck(operation="track")
    confirm(technical, row, event, choice="send_latest")
    assert Delivery.objects.get(pk=event.pk).state == "needs_you"
    assert OperatorAction.objects.get().result == (
        "Sent with the latest values: 1 of 2 deliveries. Only profile updates have later values; one of the sync is renewed if "
        "its row in the run failed. The others are as they were: retry them as received."
    )


def test_the_latest_values_of_the_sync_come_from_its_newest_row(technical: Client) -> None:
    failed = SyncRowFactory.create(email="ada@example.com", state="failed", reason_code="refused", after={"company": "Old"})
    SyncRowFactory.create(
        run__definition=failed.run.definition, email="ada@example.com", state="skipped", after={"company": "New"}
    )
    row = stuck(cause="sync", cause_id=str(failed.pk), creates=False)
    confirm(technical, row, choice="send_latest")
    assert Delivery.objects.get(pk=row.pk).state == "skipped"
    assert Delivery.objects.get(operation="profile", state="ready").payload == {"dataFields": {"company": "New"}}
    assert SyncRow.objects.get(pk=failed.pk).state == "enqueued"


def test_skip_ends_a_row_with_the_reason(technical: Client) -> None:
    row = stuck()
    confirm(technical, row, choice="skip")
    row.refresh_from_db()
    assert (row.state, row.reason) == ("skipped", "Given up: Mended")


def test_a_withdrawal_is_never_skipped(technical: Client) -> None:
    row, withdrawal = stuck(), make_delivery(1, withdrawal=True)
    asked = ask(technical, DELIVERIES, "retry", row.pk, withdrawal.pk).content.decode()
    assert 'value="skip"' not in asked
    refused = confirm(technical, row, withdrawal, choice="skip").content.decode()
    assert "This cannot be chosen for these rows. Some of them are withdrawals, which are never skipped" in refused
    assert Delivery.objects.filter(state="needs_you").count() == 2
    assert OperatorAction.objects.count() == 0


def test_what_is_on_its_way_is_left_alone_in_each_way(technical: Client) -> None:
    row = DeliveryFactory.create(state="sending", lease_until=timezone.now() + timedelta(minutes=1))
    assert "Retry …" not in page_of(technical, "delivery", row.pk)
    for choice in ("retry", "send_latest", "skip"):
        assert "Nothing would be touched." in confirm(technical, row, choice=choice).content.decode()
    assert Delivery.objects.get().state == "sending"


@pytest.mark.parametrize("choice", ["retry", "send_latest", "skip"])
def test_no_way_of_it_is_open_to_others(campaigns: Client, business: Client, outsider: Client, choice: str) -> None:
    row = stuck()
    for client in (campaigns, business, outsider):
        confirm(client, row, choice=choice)
    assert Delivery.objects.get().state == "needs_you"
    assert OperatorAction.objects.count() == 0


def test_a_button_on_a_rows_page_leads_back_to_it(technical: Client) -> None:
    row = stuck()
    page = reverse("admin:outbox_delivery_change", args=[row.pk])
    assert f'name="of_a_row" value="{row.pk}"' in technical.get(page).content.decode()
    assert confirm(technical, row, choice="retry", of_a_row=str(row.pk)).headers["Location"] == page


def test_a_load_leads_to_its_run_and_says_that_many_travel_in_it(technical: Client) -> None:
    run = SyncRunFactory.create()
    told = {"operation": "load", "email": "", "cause": "load", "cause_id": str(run.pk), "payload": {"first": 1, "last": 3}}
    load = DeliveryFactory.create(state="delivered", last_attempt=AttemptFactory.create(rows=3), **told)
    page = technical.get(reverse("admin:outbox_delivery_change", args=[load.pk])).content.decode()
    assert f'A load of <a href="/admin/sync/syncrun/{run.pk}/change/">' in page
    assert "many people" in technical.get(reverse("admin:outbox_delivery_changelist")).content.decode()
    assert technical.get(reverse("admin:outbox_attempt_change", args=[load.last_attempt_id])).status_code == 200
