"""The lint's pages: who sees findings, who may except them, and that each look at people is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.models import MessageType
from contacts.models import Contact
from iterable_admin.audit.models import OperatorAction
from journeys.lint.excepting import make_exception
from journeys.lint.models import LintException, LintFinding
from journeys.lint.registry import RULES
from journeys.models import Journey
from tests.admin.rows import fill
from tests.factories import ContactFactory, SubscriptionChangeFactory
from tests.journeys.findings import TST01, finding

pytestmark = pytest.mark.django_db


class Peopled(TST01):
    """For tests: it concerns everybody."""

    of_a_change = True

    def people(self, finding: LintFinding) -> QuerySet[Contact]:
        return Contact.objects.all()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "TST01", Peopled())


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:journeys_lintfinding_{name}", args=args)


def answers(**given: Any) -> dict[str, Any]:
    until = (timezone.now() + timedelta(days=3)).date().isoformat()
    return {"scope": "finding", "owner": "Allie", "until": until, "reason": "The relaunch", **given}


def test_the_business_owner_excepts_a_finding_with_a_reason_until_a_day(business: Client) -> None:
    row = finding("a", exposed=2)
    assert "Except …" in business.get(page("change", row.pk)).content.decode()
    business.post(page("except", row.pk), answers())
    made = LintException.objects.get()
    assert (made.by, made.owner, made.reason, made.expires_at.hour) == ("business_owner", "Allie", "The relaunch", 23)
    assert LintFinding.objects.get().state == "excepted"
    assert OperatorAction.objects.values_list("verb", "subject", "reason").get() == ("except", "TST01 a", "The relaunch")


def test_an_exception_that_ended_already_is_not_made(business: Client) -> None:
    row = finding("a")
    business.post(page("except", row.pk), answers(until="2026-01-01"))
    assert (LintException.objects.count(), LintFinding.objects.get().state, OperatorAction.objects.count()) == (0, "open", 0)


def test_others_see_findings_and_except_none(technical: Client, campaigns: Client) -> None:
    row = finding("a")
    for client in (technical, campaigns):
        assert client.get(page("changelist")).status_code == 200
        assert "Except …" not in client.get(page("change", row.pk)).content.decode()
        assert client.post(page("except", row.pk), answers()).status_code == 403
    assert (LintException.objects.count(), LintFinding.objects.get().state) == (0, "open")


def test_the_people_are_paged_and_each_look_is_recorded(campaigns: Client) -> None:
    row = finding("a", exposed=51)
    people = ContactFactory.create_batch(51)
    first, second = (campaigns.get(page("people", row.pk), {"page": number}).content.decode() for number in (1, 2))
    assert people[50].email in first
    assert people[0].email not in first
    assert people[0].email in second
    assert list(OperatorAction.objects.order_by("pk").values_list("actor_name", "verb", "count", "selection")) == [
        ("campaigns_owner", "view people", 50, {"finding": row.pk, "page": 1}),
        ("campaigns_owner", "view people", 1, {"finding": row.pk, "page": 2}),
    ]


def test_people_are_for_those_with_the_permission(outsider: Client) -> None:
    row = finding("a")
    assert outsider.get(page("people", row.pk)).status_code == 403
    assert OperatorAction.objects.count() == 0


def test_a_change_is_accepted_for_good(business: Client) -> None:
    row = finding("a")
    business.post(page("changelist"), {"action": "accept", "_selected_action": row.pk, "reason": "As planned", "shown": "1"})
    row.refresh_from_db()
    assert (row.state, row.accepted_at is not None) == ("resolved", True)


def test_an_exception_is_taken_back(business: Client) -> None:
    end = datetime.now(UTC) + timedelta(days=1)
    row = make_exception(finding("a"), reason="x", owner="y", by="z", expires_at=end)
    url = reverse("admin:journeys_lintexception_changelist")
    business.post(url, {"action": "take_back", "_selected_action": row.pk, "reason": "Mended", "shown": "1"})
    row.refresh_from_db()
    assert (row.ended_by, LintFinding.objects.get().state) == ("business_owner", "open")


def test_a_run_is_asked_for_by_owners_alone(technical: Client, campaigns: Client) -> None:
    assert campaigns.post(page("run"), {"reason": "now"}).status_code == 403
    technical.post(page("run"), {"reason": "After the change in Iterable"})
    assert OperatorAction.objects.values_list("verb", "reason").get() == ("run", "After the change in Iterable")


def test_a_notification_is_retried(technical: Client, settings: Any) -> None:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    told = finding("a").notifications.get()
    told.state, told.attempts = "needs_you", 100
    told.save()
    url = reverse("admin:journeys_notification_changelist")
    technical.post(url, {"action": "retry_told", "_selected_action": told.pk, "reason": "The server is back", "shown": "1"})
    told.refresh_from_db()
    assert (told.state, told.attempts) == ("ready", 0)


def test_a_journey_and_a_message_type_show_what_stands_against_them(campaigns: Client) -> None:
    fill(1)
    journey, message_type = Journey.objects.get(name="Journey 1"), MessageType.objects.get(name="Type 1")
    for url in (
        reverse("admin:journeys_journey_change", args=[journey.pk]),
        reverse("admin:consent_messagetype_change", args=[message_type.pk]),
    ):
        text = " ".join(campaigns.get(url).content.decode().split())
        assert "SUB01 Campaign 1</a>: 1 exposed. It is so. Somebody acts." in text


def test_the_dashboard_shows_findings_by_exposed_people_and_the_clock(campaigns: Client) -> None:
    fill(2)
    SubscriptionChangeFactory.create()
    text = " ".join(campaigns.get("/admin/").content.decode().split())
    assert text.index("SUB01 Campaign 2") < text.index("SUB01 Campaign 1")
    assert "1 withdrawal not effective in Iterable" in text


def test_what_if_answers_on_the_message_types_page(campaigns: Client, technical: Client) -> None:
    old, new = (MessageType.objects.get(name=name) for name in ("Marketing Message", "GitLab Marketing"))
    assert "What if …" in campaigns.get(reverse("admin:consent_messagetype_change", args=[old.pk])).content.decode()
    url = reverse("admin:journeys_what_if", args=[old.pk])
    assert "Nothing is touched" in campaigns.get(url).content.decode()
    for change in ("move", "retire", "apply"):
        assert "Iterable will mail" in campaigns.get(url, {"change": change, "to": new.pk}).content.decode()
    assert "Iterable will mail" not in campaigns.get(url, {"change": "move", "to": "x"}).content.decode()
