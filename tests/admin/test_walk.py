"""What somebody meets who goes from page to page for the first time."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from contacts.sync.models import SyncRow
from contacts.sync.next_steps import next_step_of_run
from tests.admin.rows import fill, make_delivery, make_event
from tests.factories import AttemptFactory, DeliveryFactory, MembershipFactory, NamespaceFactory, SyncRowFactory, SyncRunFactory

pytestmark = pytest.mark.django_db


def shown(client: Client, url: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(url).content.decode()).split())


def current_pages(client: Client, url: str) -> list[str]:
    found = re.findall(r'<a href="([^"]+)" aria-current="page"', client.get(url).content.decode())
    return [str(path) for path in found]


def links(client: Client, url: str) -> set[str]:
    page = client.get(url).content.decode()
    return {path.split("?")[0] for path in re.findall(r'href="(/admin/[^"#]+)"', page) if "logout" not in path}


def test_nobody_is_led_from_a_row_to_what_is_refused_to_them(campaigns: Client, business: Client) -> None:
    event, run = make_event(1), SyncRunFactory.create()
    for client, url in (
        (campaigns, f"/admin/inbox/event/{event.pk}/change/"),
        (business, f"/admin/inbox/event/{event.pk}/change/"),
        (business, f"/admin/sync/syncrun/{run.pk}/change/"),
    ):
        assert {path for path in links(client, url) if client.get(path).status_code == 403} == set()
    assert str(event.source) in shown(campaigns, f"/admin/inbox/event/{event.pk}/change/")


def test_who_may_follow_a_row_is_led_there(technical: Client) -> None:
    event = make_event(1)
    assert f"/admin/inbox/source/{event.source_id}/change/" in links(technical, f"/admin/inbox/event/{event.pk}/change/")


def test_the_navigation_says_of_one_page_alone_that_one_is_there(technical: Client) -> None:
    fill(1)
    clock = "/admin/consent/subscriptionchange/clock/"
    assert current_pages(technical, clock) == [clock]
    assert current_pages(technical, "/admin/consent/subscriptionchange/") == ["/admin/consent/subscriptionchange/"]
    assert current_pages(technical, "/admin/") == ["/admin/"]


def test_the_dashboard_leads_to_its_help(technical: Client) -> None:
    assert 'href="/admin/help/operations/#the-dashboard"' in technical.get("/admin/").content.decode()


def test_a_run_with_rows_that_wait_for_somebody_does_not_say_that_nobody_has_to_act(technical: Client) -> None:
    run = SyncRunFactory.create(skipped=3)
    skipped = SyncRow.State.SKIPPED
    SyncRowFactory.create_batch(2, run=run, state=skipped, reason_code="two_rows_one_mailbox")
    SyncRowFactory.create(run=run, state=skipped, reason_code="not_in_iterable")
    page = shown(technical, f"/admin/sync/syncrun/{run.pk}/change/")
    assert "Nothing failed. 2 rows wait for somebody: the reasons below say for whom." in page
    assert next_step_of_run(run, brief=True) == "Nothing failed."


def test_a_run_whose_rows_were_all_skipped_as_expected_needs_nobody() -> None:
    run = SyncRunFactory.create(skipped=1)
    SyncRowFactory.create(run=run, state=SyncRow.State.SKIPPED, reason_code="not_in_iterable")
    assert next_step_of_run(run) == "Nobody has to act."


def test_dates_on_pages_of_djangos_own_read_as_everywhere_else(technical: Client) -> None:
    run = SyncRunFactory.create(today="2026-03-31")
    page = shown(technical, f"/admin/sync/syncrun/{run.pk}/change/")
    assert ("2026-03-31" in page, "2026-01-01 00:00:00 UTC" in page) == (True, True)


def test_a_request_that_is_shown_says_that_it_was_made_once_more(technical: Client) -> None:
    delivery = make_delivery(1)
    type(delivery).objects.update(last_attempt=AttemptFactory.create(), email="ada@example.com", state="delivered")
    said = "what is sent is not kept a second time"
    assert said in shown(technical, f"/admin/outbox/delivery/{delivery.pk}/change/")
    attempt = type(delivery).objects.get().last_attempt_id
    assert said in shown(technical, f"/admin/outbox/attempt/{attempt}/change/")


def test_an_address_that_only_the_sync_knows_is_found(technical: Client) -> None:
    SyncRowFactory.create(email="held@example.com", state=SyncRow.State.SKIPPED)
    page = technical.post("/admin/search/", {"q": "held@example.com"}).content.decode()
    assert 'href="/admin/sync/syncrow/?q=held%40example.com">rows of the sync</a>' in page


def test_the_dashboard_counts_people_whose_withdrawal_is_not_applied_and_says_so_once(technical: Client) -> None:
    for number in (1, 2):
        DeliveryFactory.create(email="ada@example.com", operation="unsubscribe", withdrawal=True, payload={"group": str(number)})
    page = shown(technical, "/admin/")
    assert "1 withdrawal not yet applied in Iterable" in page
    assert "○ Withdrawals are on their way to Iterable, see above: the clock" in page
    assert "Every opt-out is effective" not in page


def test_a_namespace_leads_to_the_people_in_it(campaigns: Client) -> None:
    membership = MembershipFactory.create(contact__email="ada@example.com")
    url = f"/admin/contacts/namespace/{membership.namespace_id}/change/"
    assert "People in it Person Role ada@example.com Owner" in shown(campaigns, url)
    assert f"/admin/contacts/contact/{membership.contact_id}/change/" in links(campaigns, url)
    empty = NamespaceFactory.create()
    assert "Nobody known here is in it" in shown(campaigns, f"/admin/contacts/namespace/{empty.pk}/change/")
