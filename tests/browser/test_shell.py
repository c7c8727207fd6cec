"""What stands around every page, in a real browser: the search box and the navigation."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from contacts.models import FieldChange
from tests.browser.visitor import PHONE, Visitor
from tests.factories import AttemptFactory, ContactFactory, DeliveryFactory, EventFactory, SyncRunFactory

LONG = "somebody.with.a.long.name@customers.example.com"


def test_a_slash_goes_to_the_search_box_and_an_address_to_its_contact(visitor: Visitor) -> None:
    contact = ContactFactory.create(email="grace@example.com")
    visitor.log_in("campaigns_owner")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("Grace@Example.com")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look()
    assert visitor.page.url == f"{visitor.home}/admin/contacts/contact/{contact.pk}/change/"
    visitor.page.locator("[data-find]").focus()
    visitor.page.keyboard.press("/")
    assert visitor.page.locator("[data-find]").input_value() == "/"


def test_on_a_telephone_the_navigation_opens_leads_on_and_closes(visitor: Visitor) -> None:
    visitor.log_in("technical_owner")
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type] # a TypedDict of the library's own
    deliveries = visitor.page.locator("#navigation").get_by_role("link", name="Deliveries")
    assert not deliveries.is_visible()
    visitor.page.get_by_role("button", name="Menu").click()
    assert deliveries.is_visible()
    visitor.page.keyboard.press("Escape")
    assert not deliveries.is_visible()
    visitor.page.get_by_role("button", name="Menu").click()
    with visitor.page.expect_navigation():
        deliveries.click()
    visitor.look()
    assert visitor.page.locator("h1").inner_text() == "Deliveries"


def test_help_opens_at_the_section_about_the_page(visitor: Visitor) -> None:
    visitor.log_in("technical_owner")
    visitor.follow("Deliveries")
    visitor.follow("Help about this page")
    assert visitor.page.url == f"{visitor.home}/admin/help/iterable/#every-row-has-an-outcome"
    assert visitor.sees("Every row has an outcome")


def test_on_a_telephone_each_row_of_a_list_is_a_card_that_names_its_values(visitor: Visitor) -> None:
    DeliveryFactory.create(email="ada@example.com", state="needs_you", reason="Iterable refused it.")
    visitor.log_in("technical_owner")
    visitor.follow("Deliveries")
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type] # as above
    person = visitor.page.locator("#result_list .field-person")
    assert (person.inner_text(), person.get_attribute("data-head")) == ("ada@example.com", "Person")
    box = person.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
    visitor.page.get_by_text("Select all", exact=True).click()
    assert visitor.page.locator("tr.selected").count() == 1
    assert visitor.sees("1 of 1 selected")


def test_the_lists_of_each_day_fit_a_small_desk(visitor: Visitor) -> None:
    EventFactory.create(email=LONG, reason="x" * 80)
    DeliveryFactory.create(email=LONG, reason="x" * 80)
    SyncRunFactory.create(**dict.fromkeys(("read", "failed", "delivered", "unchanged", "enqueued", "skipped"), 12_345_678))
    told = {"field": "namespace_information", "new": [{"plan": "x" * 80}], "cause_id": "x" * 64, "changed_at": timezone.now()}
    FieldChange.objects.create(contact=ContactFactory.create(email=LONG), **told)
    AttemptFactory.create(endpoint="/api/users/bulkUpdateSubscriptions", error="x" * 200, rows=1_000)
    hidden = "(list => list.scrollWidth - list.clientWidth)(document.querySelector('.results'))"
    visitor.log_in("technical_owner")
    for name in ("inbox_event", "outbox_delivery", "sync_syncrun", "contacts_fieldchange", "outbox_attempt"):
        visitor.page.goto(visitor.home + reverse(f"admin:{name}_changelist"))
        visitor.page.set_viewport_size({"width": 1280, "height": 900})
        assert visitor.page.evaluate(hidden) == 0, name
