"""What Iterable's webhooks report, beside the replay of the approved version: hits, and what nothing explains."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from iterable_admin.inbox.models import Event
from journeys.definition.graph import Delay, Entry, Graph, Message
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.models import Journey, RealityCheck
from journeys.rehearsal.reality import KEPT, compare, compare_nightly
from tests.conftest import People
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory
from tests.journeys.rehearsing import chain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAMPAIGN, OTHER, WORKFLOW = 71, 72, 9
__all__ = ["catalogue"]


def journey() -> Graph:
    first = Message("first", "first", "Transactional", campaign_id=CAMPAIGN)
    return chain(first, Delay("wait", "wait", 48), Message("second", "second", "Transactional"))


def approved(graph: Graph, days_ago: float = 20) -> JourneyVersion:
    told = {"graph": as_json(graph), "graph_hash": hash_of(graph), "created_at": NOW, "changed_at": NOW, "state": "approved"}
    approver = User.objects.create_user("amy")
    found = Journey.objects.create(name="Trial", workflow_id=WORKFLOW)
    return JourneyVersion.objects.create(journey=found, number=1, approver=approver, approved_at=NOW - days_ago * DAY, **told)


def begins(days_ago: float = 10, *, present: bool = True) -> Contact:
    contact: Contact = ContactFactory.create()
    at = NOW - days_ago * DAY
    EventFactory.create(email=contact.email, lane=contact.address_key, received_at=at, state="done")
    see(contact.address_key, at - DAY, present=present)
    return contact


def reported(name: str, who: Contact, days_ago: float = 10, **payload: Any) -> Event:
    told = {"campaign_id": CAMPAIGN, "workflow_id": WORKFLOW, **payload}
    at = NOW - days_ago * DAY + HOUR
    found: Event = EventFactory.create(
        door=Event.Door.ITERABLE, name=name, email=who.email, lane=who.address_key, received_at=at, payload=told, state="done"
    )
    return found


def compared(version: JourneyVersion) -> RealityCheck:
    check = compare(version, NOW)
    assert check is not None
    return check


def test_sends_and_skips_are_hits_or_unexplained() -> None:
    """Sent as predicted; skipped instead; nothing heard of; sent though not in Iterable; skipped as predicted; never entered."""
    version = approved(journey())
    hit, skipped, _, absent, kept = begins(), begins(), begins(), begins(present=False), begins(present=False)
    stranger: Contact = ContactFactory.create()
    reported("emailSend", hit)
    wrong = [reported("emailSend", absent), reported("emailSend", stranger), reported("emailSend", hit, 5)]
    odd = reported("emailSendSkip", skipped)
    reported("emailSendSkip", kept)
    reported("emailSend", hit, campaign_id=OTHER)
    check = compared(version)
    assert check.counts == {
        "steps": 2,
        "compared": 1,
        "predicted": 3,
        "hits": 1,
        "skipped": 1,
        "sends": 4,
        "skips": 2,
        "exits": 0,
        "unexplained_sends": 3,
        "unexplained_skips": 1,
        "unexplained_exits": 0,
    }
    assert check.events == {"sends": [row.pk for row in reversed(wrong)], "skips": [odd.pk], "exits": []}


def test_an_exit_is_explained_where_the_walk_ends_about_then() -> None:
    version = approved(journey())
    on_time, early = begins(10), begins(10)
    reported("journeyExit", on_time, 8)
    too_early = reported("journeyExit", early, 9.9)
    reported("journeyExit", early, 8, workflow_id=WORKFLOW + 1)
    check = compared(version)
    assert (check.counts["exits"], check.events["exits"]) == (2, [too_early.pk])


def test_compared_is_since_the_approval_and_until_reports_had_a_day() -> None:
    version = approved(journey(), days_ago=8)
    for days_ago in (9, 0.5, 7):
        reported("emailSend", begins(days_ago), days_ago)
    check = compared(version)
    assert (check.since, check.until) == (NOW - 8 * DAY, NOW - DAY)
    assert (check.counts["predicted"], check.counts["hits"], check.counts["unexplained_sends"]) == (1, 1, 0)


def test_another_senders_words_for_numbers_do_no_harm_and_erased_people_are_gone() -> None:
    version = approved(journey())
    person = begins()
    reported("emailSend", person, campaign_id="spring")
    erased = reported("emailSend", begins())
    Event.objects.filter(pk=erased.pk).update(email="", payload={})
    assert compared(version).counts["sends"] == 0


def test_nothing_is_compared_before_a_day_has_passed_or_where_no_event_starts_it() -> None:
    assert compare(approved(journey(), days_ago=0.5), NOW) is None
    JourneyVersion.objects.all().delete()
    User.objects.all().delete()
    Journey.objects.all().delete()
    assert compare(approved(chain(entry=Entry("list", list_id=1))), NOW) is None
    assert RealityCheck.objects.count() == 0


def test_every_night_one_more_and_the_oldest_go() -> None:
    version = approved(journey())
    told = {"journey": version.journey, "version": version, "since": NOW, "until": NOW, "checked_at": NOW}
    RealityCheck.objects.bulk_create(RealityCheck(**told) for _ in range(KEPT))
    oldest = RealityCheck.objects.order_by("pk")[0].pk
    compare_nightly()
    assert (RealityCheck.objects.count(), RealityCheck.objects.filter(pk=oldest).exists()) == (KEPT, False)


def test_the_journeys_page_tells_of_it(people: People) -> None:
    version = approved(journey())
    client = Client()
    client.force_login(people.campaigns_owner)
    url = reverse("admin:journeys_journey_change", args=[version.journey_id])
    assert "Not compared yet" in client.get(url).content.decode()
    compared(version)
    assert "Iterable reported nothing" in client.get(url).content.decode()
    RealityCheck.objects.update(counts={"predicted": 0, "hits": 0, "steps": 2, "compared": 0})
    assert "None of its 2 messages names its campaign" in client.get(url).content.decode()
    reported("emailSend", begins())
    odd = reported("emailSend", begins(present=False))
    compared(version)
    page = client.get(url).content.decode()
    assert "hit rate <strong>100.0%</strong>" in page
    assert reverse("admin:inbox_event_change", args=[odd.pk]) in page
