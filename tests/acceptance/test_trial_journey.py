"""The seeded trial journey, linted: three of its steps stand on Marketing Message, and mail two of the ten who should not be.

Iterable mails Marketing Message, opt-out, to whoever is neither out of the Marketing Channel, nor bounced, nor suppressed, nor
gone: the fresh one, the one who opted in, and who left GitLab Marketing alone. Of these three the ledger speaks for the one who
opted in. The other two are exposed: nobody ever asked the first, and the second took back what they had said.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from contacts.consent.models import MessageType
from contacts.consent.resolver.exposing import exposed_contacts
from contacts.consent.resolver.people import Variant
from iterable_admin.sandbox.project import catalog
from journeys.lint.models import LintFinding, Notification
from journeys.lint.running import lint
from journeys.lint.telling import send_notifications
from journeys.lint.what_if import Change, Preview, Side, Standing, preview, preview_steps
from journeys.mirror.refreshing import refresh
from tests.acceptance.ten_people import FRESH, LEFT_TYPE
from tests.acceptance.world import World
from tests.conftest import People

pytestmark = pytest.mark.django_db(transaction=True)

TRIAL = 361_081
CODES = ("SUB01", "SUB02", "SUB03")
# Day 9, day 48, and the last of the "post" phase. Templates are the campaign and 3,200,000.
ON_MARKETING_MESSAGE = (8_040_404, 8_040_410, 8_040_414)
EXPOSED = 2


@pytest.fixture
def linted(ten: World, settings: Any) -> World:
    settings.NOTIFY_EMAILS = ["owner@example.com"]
    lint("command")
    return ten


def findings(state: str) -> list[tuple[str, int, int | None]]:
    """Of the trial journey: rule, campaign, and how many are exposed."""
    found = LintFinding.objects.filter(code__in=CODES, state=state, journey__workflow_id=TRIAL)
    return sorted((row.code, row.evidence["campaign"]["id"], row.exposed) for row in found)


EACH_STEP = [(code, campaign, EXPOSED) for code in CODES for campaign in ON_MARKETING_MESSAGE]


def old_and_new() -> tuple[MessageType, MessageType]:
    types = MessageType.objects.select_related("channel")
    return types.get(name="Marketing Message"), types.get(name="GitLab Marketing")


def move_in_iterable(world: World) -> None:
    """Somebody does so in Iterable's own screen; the mirror meets it at its next look."""
    for campaign in ON_MARKETING_MESSAGE:
        world.on_iterables_screen("templates", {"templateId": campaign + 3_200_000, "messageTypeId": catalog.GITLAB_MARKETING})
    refresh("command")
    lint("command")


def test_three_rules_fire_on_three_steps_and_moved_to_gitlab_marketing_nobody_would_be_exposed(
    linted: World, people: People
) -> None:
    assert findings("open") == EACH_STEP
    row = LintFinding.objects.filter(code="SUB03", journey__workflow_id=TRIAL)[0]
    assert row.sentence.endswith("mails 2 people by Marketing Message who should not be: 2 never agreed to marketing.")
    old, new = old_and_new()
    assert set(exposed_contacts(old, Variant(old)).values_list("email", flat=True)) == {FRESH, LEFT_TYPE}
    assert_previewed(old, new)
    assert_shown(people, old, new)
    assert findings("open") == EACH_STEP


def assert_previewed(old: MessageType, new: MessageType) -> None:
    assert preview(Variant(old), Change.MOVE, new) == Preview(
        Side(mailed=3, exposed=2, reasons={"NO_EVIDENCE": 2}), Side(mailed=1, exposed=0, reasons={}), {"NO_EVIDENCE": 2}, {}
    )
    steps = [row for row in preview_steps(old, Change.MOVE, new) if row.step.journey and row.step.journey.workflow_id == TRIAL]
    assert [row.step.campaign.iterable_id for row in steps] == list(ON_MARKETING_MESSAGE)
    assert [(row.now, row.then) for row in steps] == [(Standing(list(CODES), 2), Standing([], 0))] * 3


def assert_shown(people: People, old: MessageType, new: MessageType) -> None:
    """The page says the same."""
    operator = Client()
    operator.force_login(people.campaigns_owner)
    url = reverse("admin:journeys_what_if", args=[old.pk])
    page = operator.get(url, {"change": "move", "to": str(new.pk)}).content.decode()
    assert re.findall(r"\(exposed\).*?Now\">(.*?)</td>.*?Then\">(.*?)</td>", page) == [("! 2", "✓ 0")]


def test_moved_for_good_the_findings_are_resolved_and_that_is_told(linted: World) -> None:
    send_notifications()
    mail.outbox.clear()
    move_in_iterable(linted)
    assert (findings("open"), findings("resolved")) == ([], EACH_STEP)
    told = Notification.objects.filter(finding__code__in=CODES, finding__journey__workflow_id=TRIAL, change="resolved")
    assert sorted((row.finding.code, row.way) for row in told) == [(code, "email") for code in CODES for _ in range(3)]
    assert all("no longer so. It was: A step of" in row.text for row in told)
    send_notifications()
    assert (mail.outbox[0].to, "no longer so" in mail.outbox[0].body) == (["owner@example.com"], True)
