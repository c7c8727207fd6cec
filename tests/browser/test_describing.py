"""A journey is described from nothing, rehearsed, mended and sent to approval, in a real browser."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import expect

from journeys.definition.models import JourneyVersion
from journeys.models import Journey
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.running import run_waiting
from tests.browser.visitor import SOON, Visitor
from tests.consent.resolver.conftest import see
from tests.factories import ContactFactory, EventFactory

ADA = "ada@example.com"


def test_a_journey_of_three_steps_is_described_rehearsed_mended_and_sent_to_approval(visitor: Visitor, seeded: None) -> None:
    contact = ContactFactory.create(email=ADA, profile={"country": "Germany"})
    see(contact.address_key)
    EventFactory.create(name="SaaS Trials", email=ADA)
    ContactFactory.create(email="grace@example.com", profile={"country": "France"})
    visitor.log_in("campaigns_owner")
    begin(visitor)
    describe_three_steps(visitor)
    let_only_germans_enter(visitor)
    first = rehearse(visitor)
    assert visitor.sees("Messages that would be sent: 0.")
    find_why_ada_is_blocked(visitor)
    change_the_message_types(visitor)
    second = rehearse(visitor)
    assert visitor.sees("Messages that would be sent: 2.")
    compare(visitor, first, second)
    send_to_approval(visitor)


def begin(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.home}{reverse('admin:journeys_journey_changelist')}")
    visitor.follow("Describe a new journey")
    visitor.page.get_by_label("Name").fill("Welcome tour")
    visitor.page.get_by_role("textbox", name="Reason").fill("For new trials")
    visitor.press("Begin the draft")
    assert visitor.sees("There is no step yet.")
    assert visitor.sees("Whoever enters by a call of Iterable's API.")
    visitor.follow("Change the start")
    visitor.page.get_by_label("Event", exact=False).first.select_option("SaaS Trials")
    visitor.page.get_by_label("People enter when").select_option("event")
    visitor.press("Save")
    assert visitor.sees("Whoever enters by the event SaaS Trials.")


def describe_three_steps(visitor: Visitor) -> None:
    for after, kind, name, fill in (
        ("the start", "message", "Welcome", {"Message type": "GitLab Marketing"}),
        ("Welcome", "delay", "Two days", {}),
        ("Two days", "message", "First project", {"Message type": "GitLab Marketing"}),
    ):
        visitor.follow(f"Add a step after {after}")
        visitor.page.get_by_label("Kind of step").select_option(kind)
        visitor.press("Go on")
        visitor.page.get_by_label("Name").fill(name)
        for label, value in fill.items():
            visitor.page.get_by_label(label).select_option(value)
        if kind == "delay":
            visitor.page.get_by_label("How long").fill("2")
        visitor.press("Add the step")
    assert visitor.sees("Two days: waits 2 days.")
    assert visitor.sees("JRN04")


def let_only_germans_enter(visitor: Visitor) -> None:
    visitor.follow("Who enters")
    visitor.follow("Compare a field")
    visitor.page.get_by_label("Field").select_option("country")
    visitor.press("Go on")
    assert visitor.page.locator("datalist#values-seen option[value=Germany]").count() == 1
    visitor.page.get_by_label("Value:", exact=True).fill("germany")
    visitor.press("Add it")
    assert visitor.sees("People have “Germany”, not “germany”: upper and lower case are told apart.")
    visitor.follow("Change Country is germany")
    visitor.page.get_by_label("Value:", exact=True).fill("Germany")
    visitor.press("Change it")
    expect(visitor.page.locator("[data-count=whole]")).to_have_text("1 person", timeout=SOON)
    assert visitor.sees("of 2 known")
    visitor.follow("Done: back to")
    expect(visitor.page.locator("[data-count=start]")).to_have_text("1 person", timeout=SOON)


def rehearse(visitor: Visitor) -> RehearsalRun:
    visitor.page.goto(f"{visitor.home}{reverse('admin:journeys_rehearsalrun_ask', args=[journey().pk])}")
    visitor.look()
    visitor.page.get_by_role("textbox", name="Reason").fill("Before it is approved")
    visitor.press("Rehearse")
    run_waiting()
    run = RehearsalRun.objects.latest("pk")
    visitor.page.goto(f"{visitor.home}{reverse('admin:journeys_rehearsalrun_change', args=[run.pk])}")
    visitor.look()
    return run


def find_why_ada_is_blocked(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.home}{reverse('why')}")
    visitor.page.get_by_label("Address").fill(ADA)
    visitor.page.get_by_label("Message type or journey").select_option(label="Welcome tour")
    visitor.press("Why, or why not?")
    assert visitor.sees("GitLab Marketing is kept from this person: was never asked, and is not opted in to this opt-in type.")


def change_the_message_types(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.home}{reverse('admin:journeys_journeyversion_edit', args=[version().pk])}")
    visitor.look()
    for name in ("Welcome", "First project"):
        visitor.follow(f"Edit, move or remove {name}")
        visitor.page.get_by_label("Message type").select_option("Transactional")
        visitor.press("Save the step")
        assert visitor.sees(f"{name}: Email, Transactional.")


def compare(visitor: Visitor, first: RehearsalRun, second: RehearsalRun) -> None:
    visitor.follow(str(first))
    assert visitor.page.url.endswith(f"/{second.pk}/compare/?with={first.pk}")
    assert visitor.sees("Step by step")


def send_to_approval(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.home}{reverse('admin:journeys_journeyversion_edit', args=[version().pk])}")
    visitor.follow("Send to review")
    visitor.page.get_by_role("textbox", name="Reason").fill("It is right now")
    visitor.press("Send to review")
    assert visitor.sees("in review")
    assert version().state == JourneyVersion.State.IN_REVIEW


def journey() -> Journey:
    return Journey.objects.get(name="Welcome tour")


def version() -> JourneyVersion:
    return JourneyVersion.objects.get(journey__name="Welcome tour")
