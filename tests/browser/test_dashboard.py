"""The dashboard keeps itself fresh, without taking anything out of the reader's hands."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from iterable_admin.inbox.hours import count_hours
from tests.admin.rows import make_delivery, make_event
from tests.browser.visitor import SOON, Visitor


def test_what_changed_appears_by_itself_and_what_is_open_stays_open(visitor: Visitor) -> None:
    make_event(1, state="done")
    count_hours()
    visitor.log_in("technical_owner")
    page = visitor.page
    page.get_by_text("The same as a table").click()
    page.get_by_role("link", name="7 days").focus()
    make_event(2, state="done")
    make_delivery(3, reason_code="gave_up")
    count_hours()
    expect(page.get_by_role("button", name="Retry 1 …")).to_be_visible(timeout=SOON)
    expect(page.locator("#hours")).to_contain_text("done: 2")
    expect(page.locator("#hours-table")).to_have_attribute("open", "")
    expect(page.get_by_role("link", name="7 days")).to_be_focused()
    visitor.look()
    visitor.press("Retry 1 …")
    assert visitor.sees("Retry: 1 of 1 delivery")


def test_lost_contact_is_told_until_it_is_over(visitor: Visitor) -> None:
    visitor.log_in("technical_owner")
    page = visitor.page
    page.route(re.compile("/admin/live/"), lambda route: route.fulfill(status=502))
    expect(page.get_by_text("No answer since")).to_be_visible(timeout=SOON)
    page.unroute(re.compile("/admin/live/"))
    expect(page.get_by_text("No answer since")).to_be_hidden(timeout=SOON)
