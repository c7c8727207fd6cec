"""The pages of observe mode, of bulk actions, of files and of the audit, as a browser shows them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from contacts.consent.learning import learn_ids
from contacts.sync.observing.comparing import compare_on
from iterable_admin.audit.bulk.carrying_out import carry_on
from iterable_admin.audit.models import BulkAction, OperatorAction
from iterable_admin.iterable.writes import ProfileUpdate
from iterable_admin.outbox.connection import connect
from iterable_admin.outbox.enqueueing import CHANNEL, Cause, enqueue, profile_update, tracked_event, unsubscription
from iterable_admin.outbox.models import Delivery
from iterable_admin.sandbox import RunningSandbox
from iterable_admin.sandbox.project import catalog
from tests.browser.visitor import Visitor
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db(transaction=True)
CAUSE = Cause("event", "1")
NAMESPACE = {"NAMESPACE_ID": 7, "GITLAB_PLAN_TITLE": "Ultimate", "CURRENT_MEMBER_COUNT": 40}


@pytest.fixture
def observed(sandbox: RunningSandbox, settings: Any, drain: Callable[[], None], seeded: None) -> None:
    learn_ids()
    client = connect()
    for number in range(6):
        email = f"person-{number}.of-a-long-name@a-company-with-a-long-name.example.com"
        known = {"firstName": "Ada", "company": "Acme" if number % 2 else "Other"}
        client.users.update(
            ProfileUpdate({**known, "namespace_information": [{**NAMESPACE, "GITLAB_PLAN_TITLE": "Free"}]}, email=email)
        )
    settings.SENDING = "observe"
    for number in range(8):
        email = f"person-{number}.of-a-long-name@a-company-with-a-long-name.example.com"
        enqueue([profile_update(email, {"firstName": "Ada", "company": "Acme", "namespace_information": [NAMESPACE]}, CAUSE)])
        enqueue([unsubscription(email, CHANNEL, "Marketing Channel", catalog.MARKETING_CHANNEL, CAUSE)])
        enqueue([tracked_event(email, "SaaS Trials", {}, CAUSE, id=f"event-{number}", created_at=int(time.time()))])
    drain()


def test_what_would_be_sent_is_compared_and_read_beside_what_iterable_holds(visitor: Visitor, observed: None) -> None:
    visitor.log_in("technical_owner")
    visitor.page.goto(visitor.home + reverse("observe"))
    visitor.look()
    visitor.follow("Compare now …")
    assert visitor.sees("8 people to compare, one call each")
    visitor.page.get_by_role("textbox", name="Reason").fill("Before the cut-over")
    visitor.press("Compare now")
    compare_on()
    visitor.page.wait_for_selector("text=company")
    visitor.look()
    assert visitor.sees("This look was recorded.")
    assert visitor.sees("7.GITLAB_PLAN_TITLE")
    assert visitor.sees("those of 8 were compared")
    visitor.page.locator("#by-event ~ .scrolled td[data-head=Missing] a").click()
    visitor.look()
    assert visitor.sees("People: SaaS Trials: missing (8)")


def test_many_rows_are_retried_and_the_page_follows_until_they_are_done(visitor: Visitor, people: Any) -> None:
    DeliveryFactory.create_batch(130, state="needs_you", reason_code="permanent")
    visitor.log_in("technical_owner")
    visitor.page.goto(visitor.home + reverse("admin:outbox_delivery_changelist") + "?reason_code=permanent")
    visitor.look()
    visitor.page.locator("#action-toggle").check()
    visitor.page.locator(".question a").click()
    visitor.page.locator("select[name=action]").select_option("retry")
    visitor.press("Go")
    visitor.page.get_by_role("textbox", name="Reason").fill("The key was mended")
    visitor.press("Do it to 130")
    Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(state="delivered")
    carry_on()
    visitor.page.wait_for_selector("text=129 of 130 deliveries")
    visitor.look()
    assert visitor.sees("delivered")
    assert BulkAction.objects.get().state == "completed"


def test_a_list_is_downloaded_after_a_reason_and_the_audit_tells_of_it(visitor: Visitor, people: Any) -> None:
    DeliveryFactory.create_batch(3, state="needs_you")
    visitor.log_in("technical_owner")
    visitor.page.goto(visitor.home + reverse("admin:outbox_delivery_changelist"))
    visitor.follow("Export as CSV …")
    visitor.page.get_by_role("textbox", name="Reason").fill("For the data team")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download 3 deliveries").click()
    assert download.value.suggested_filename == "deliveries.csv"
    assert OperatorAction.objects.get().verb == "export"
    visitor.page.goto(visitor.home + reverse("admin:audit_operatoraction_changelist"))
    visitor.look()
    assert visitor.sees("technical_owner exported 3 deliveries.")
    visitor.page.locator("#result_list a", has_text=re.compile("exported")).click()
    visitor.look()
    assert visitor.sees("Why: For the data team")
