"""Three people at work, in a real browser, under the real Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser

from contacts.consent.learning import learn_ids
from contacts.models import Contact
from contacts.sync.models import SyncRun
from contacts.sync.tasks import start_sync
from iterable_admin.audit.models import OperatorAction
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.models import Delivery
from iterable_admin.outbox.turns import trying_the_key
from iterable_admin.sandbox import RunningSandbox
from journeys.lint.running import lint
from journeys.mirror.refreshing import refresh
from tests.browser.visitor import Visitor
from tests.consent.resolver.conftest import see
from tests.factories import ContactFactory, DeliveryFactory, SubscriptionChangeFactory
from tests.sync.conftest import Fill, person
from tests.sync.iterable import profile, put_profile, run_once


def test_the_technical_owner_sees_a_red_delivery_retries_it_and_sees_it_go(
    visitor: Visitor, sandbox: RunningSandbox, drain: Callable[[], None]
) -> None:
    reason = "Iterable answered 500 eight times."
    row = DeliveryFactory.create(email="ada@example.com", state="needs_you", reason_code="gave_up", reason=reason)
    visitor.log_in("technical_owner")
    assert visitor.sees("gave up The technical owner looks at its attempts, now; then retries it.")
    visitor.follow("1 delivery")
    visitor.follow(str(row.pk))
    assert visitor.sees("! needs you")
    assert visitor.sees(reason)
    visitor.press("Retry …")
    visitor.page.get_by_role("textbox", name="Reason").fill("Iterable is back")
    visitor.press("Do it to 1")
    assert visitor.sees("Retry: 1 of 1 deliveries.")
    drain()
    visitor.page.goto(f"{visitor.home}/admin/outbox/delivery/{row.pk}/change/")
    visitor.look()
    assert visitor.sees("✓ delivered")
    assert profile(sandbox, "ada@example.com")
    visitor.page.goto(f"{visitor.home}/admin/")
    assert visitor.sees("Nothing failed.")


def test_the_technical_owner_is_led_from_a_red_dashboard_to_the_cause_and_sees_forty_go_green(
    visitor: Visitor, sandbox: RunningSandbox, drain: Callable[[], None]
) -> None:
    for number in range(40):
        reason = "Iterable answered 500 eight times."
        email = f"person{number}@example.com"
        DeliveryFactory.create(email=email, state="needs_you", reason_code="gave_up", reason=reason)
    visitor.log_in("technical_owner")
    assert visitor.sees("40 deliveries")
    visitor.follow("40 deliveries")
    visitor.page.locator("#result_list tbody th a").first.click()
    visitor.look()
    assert visitor.sees("Iterable answered 500 eight times.")
    visitor.page.goto(f"{visitor.home}/admin/")
    visitor.press("Retry")
    assert visitor.sees("Retry: 40 of 40 deliveries")
    visitor.page.get_by_role("textbox", name="Reason").fill("Iterable is back")
    visitor.press("Do it to 40")
    assert visitor.sees("Retry: 40 of 40 deliveries.")
    drain()
    visitor.page.goto(f"{visitor.home}/admin/outbox/delivery/?state__exact=delivered")
    visitor.look()
    assert visitor.page.locator("#result_list .pill-good").count() == 40
    visitor.page.goto(f"{visitor.home}/admin/")
    visitor.look()
    assert visitor.sees("Nothing failed.")


def test_the_business_owner_reads_tonights_exposure_and_exports_it(visitor: Visitor, sandbox: RunningSandbox) -> None:
    learn_ids()
    refresh("command")
    see(ContactFactory.create(email="grace@example.com").address_key)
    lint("command")
    visitor.log_in("business_owner")
    visitor.follow("SUB01")
    visitor.follow("Its people")
    assert visitor.sees("Who they are now: 1.")
    assert visitor.sees("grace@example.com")
    visitor.page.goto(f"{visitor.home}/admin/journeys/lintfinding/")
    visitor.look()
    visitor.follow("Export as CSV")
    visitor.page.get_by_role("textbox", name="Reason").fill("For the board")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download").click()
    lines = download.value.path().read_text().splitlines()
    assert any("SUB01" in line for line in lines[1:])
    assert OperatorAction.objects.filter(verb="export", reason="For the board", actor_name="business_owner").exists()


def test_the_campaigns_owner_finds_a_contact_and_reads_why_they_are_not_mailed(visitor: Visitor) -> None:
    contact = ContactFactory.create(email="grace@example.com")
    SubscriptionChangeFactory.create(address_key=contact.address_key)
    visitor.log_in("campaigns_owner")
    visitor.follow("Contacts")
    visitor.page.locator("#searchbar").fill("Grace@Example.com")
    visitor.press("Search")
    visitor.follow("grace@example.com")
    assert visitor.sees("Withdrew from all marketing on")
    assert not visitor.sees("Retry")


def test_a_run_failed_by_a_missing_warehouse_goes_green_by_its_button(
    visitor: Visitor, sandbox: RunningSandbox, drain: Callable[[], None], fill: Fill, tmp_path: Path, settings: Any
) -> None:
    put_profile(sandbox, "ada@example.com")
    failed = run_once()
    assert failed.state == SyncRun.State.FAILED
    visitor.log_in("technical_owner")
    assert visitor.sees("The technical owner runs it again; the next nightly run repairs what is left.")
    visitor.page.locator("ul.strip a").last.click()
    visitor.look()
    assert visitor.page.url.endswith(f"/syncrun/{failed.pk}/change/")
    fill(person())
    visitor.follow("Run again …")
    visitor.page.get_by_role("textbox", name="Reason").fill("The file is there now")
    visitor.press("Run again")
    again = SyncRun.objects.latest("pk")
    start_sync(again.pk)
    drain()
    visitor.page.goto(f"{visitor.home}/admin/sync/syncrun/{again.pk}/change/")
    visitor.look()
    assert visitor.sees("✓ completed")
    assert (profile(sandbox, "ada@example.com") or {})["namespace_information"][0]["NAMESPACE_ID"] == 7
    assert Delivery.objects.filter(state=Delivery.State.NEEDS_YOU).count() == 0


def test_a_rejected_event_is_mended_on_its_page(visitor: Visitor, api: Any) -> None:
    api.post("/api/v1/events/saas-trial/", {"email": "ada at example.com"})
    visitor.log_in("technical_owner")
    visitor.follow("1 event")
    visitor.page.locator("#result_list tbody th a").first.click()
    visitor.look()
    visitor.follow("Mend …")
    visitor.page.get_by_role("textbox", name="Reason").fill("A typo")
    visitor.press("Read it, and process it")
    assert visitor.sees("email: is not an email address")
    visitor.page.get_by_label("Mended body").fill('{"email": "ada@example.com"}')
    visitor.press("Read it, and process it")
    assert visitor.sees("○ received")
    assert visitor.sees("Mended.")


def test_a_refused_key_halts_sending_until_it_is_taken_again_and_the_budget_says_what_was_used(
    visitor: Visitor, sandbox: RunningSandbox, drain: Callable[[], None]
) -> None:
    requests.post(f"{sandbox.url}/sandbox/faults", json={"refused-key": True}, timeout=10)
    DeliveryFactory.create(email="ada@example.com", operation="profile", payload={"dataFields": {"firstName": "Ada"}})
    drain()
    visitor.log_in("technical_owner")
    assert visitor.sees("! Sending is halted since")
    assert visitor.sees("Check ITERABLE_API_KEY")
    requests.post(f"{sandbox.url}/sandbox/faults", json={"refused-key": False}, timeout=10)
    with trying_the_key():
        connect().channels.all()
    drain()
    visitor.follow("the API budget: used and left")
    assert not visitor.sees("Sending is halted")
    assert visitor.sees("/api/users/bulkUpdate one limit for the whole project")
    assert visitor.sees("2, no cap")
    assert profile(sandbox, "ada@example.com")


def test_the_sandboxs_page_fits_a_telephone_and_its_switches_work(browser: Browser, sandbox: RunningSandbox) -> None:
    call = {"email": "ada@example.com", "dataFields": {"note": "x" * 300}}
    send = partial(requests.post, f"{sandbox.url}/api/users/update", json=call, headers={"Api-Key": "k"}, timeout=10)
    send()
    page = browser.new_page()
    visitor = Visitor(page, sandbox.url)
    page.goto(sandbox.url)
    visitor.look()
    visitor.press("Switch storm-429 on")
    assert send().status_code == 429
    visitor.reload()
    assert visitor.sees("Struck 1 call")
    visitor.press("Switch storm-429 off")
    assert send().status_code == 200
    page.close()


def test_a_day_of_a_persons_past_is_slid_to(visitor: Visitor) -> None:
    ada = ContactFactory.create(email="ada@example.com")
    Contact.objects.filter(pk=ada.pk).update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    visitor.log_in("campaigns_owner")
    visitor.page.goto(f"{visitor.home}/admin/contacts/contact/{ada.pk}/change/")
    visitor.page.get_by_text("How was it at another time?").click()
    visitor.page.get_by_role("slider").fill("9")
    assert visitor.page.get_by_role("slider").get_attribute("aria-valuetext") == "2026-03-10"
    visitor.press("Show this day")
    assert visitor.sees("This page shows the past: what was true at 2026-03-10 23:59:59 UTC.")
