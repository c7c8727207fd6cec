"""As of a moment before the history of fields begins: each person of whom today's fields are taken is marked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Contact, FieldChange
from iterable_admin.audit.pills import moment_text
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.models import Journey, RehearsalRun
from journeys.rehearsal.asking import Mode, Wanted, ask_for_rehearsal
from journeys.rehearsal.running import run_waiting
from tests.consent.resolver.conftest import catalogue
from tests.factories import ContactFactory, EventFactory
from tests.journeys.rehearsing import chain, mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
__all__ = ["catalogue"]
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MARK = "fields as they are today"


@pytest.fixture
def version() -> JourneyVersion:
    graph = chain(mail("hello", "Transactional"))
    told = {"graph": as_json(graph), "graph_hash": hash_of(graph), "created_at": NOON, "changed_at": NOON}
    return JourneyVersion.objects.create(journey=Journey.objects.create(name="Trial"), number=1, **told)


def trial(*, known_since: datetime = NOON - 5 * DAY) -> Contact:
    contact: Contact = ContactFactory.create()
    EventFactory.create(email=contact.email, lane=contact.address_key, received_at=NOON - 2 * DAY, state="done")
    Contact.objects.filter(pk=contact.pk).update(created_at=known_since)
    return contact


def moved(contact: Contact, at: datetime) -> None:
    FieldChange.objects.create(contact=contact, field="country", old="France", new="Spain", cause="event", changed_at=at)


def rehearse(version: JourneyVersion, wanted: Wanted) -> RehearsalRun:
    run = ask_for_rehearsal(version, wanted, None, "Before the launch")
    run_waiting()
    run.refresh_from_db()
    return run


def people_of(client: Client, run: RehearsalRun) -> str:
    cell = run.cells.get(step="start", outcome="entered").pk
    return client.get(reverse("admin:journeys_rehearsalrun_people", args=[run.pk]), {"cell": cell}).content.decode()


def test_whose_history_begins_later_is_marked_with_its_beginning(version: JourneyVersion, campaigns: Client) -> None:
    for contact in (trial(), trial()):
        moved(contact, NOON)
    run = rehearse(version, Wanted(Mode.AS_OF, NOON - DAY))
    page = people_of(campaigns, run)
    assert (run.notes, page.count(MARK)) == ({"as_today": 2}, 2)
    assert f'their history begins on <time datetime="{NOON.isoformat()}" class="moment">{moment_text(NOON)}</time>' in page


def test_where_no_history_is_kept_the_mark_says_so(version: JourneyVersion, campaigns: Client) -> None:
    trial()
    page = people_of(campaigns, rehearse(version, Wanted(Mode.AS_OF, NOON)))
    assert f"{MARK}: no history of them is kept" in page


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(Mode.AS_OF, NOON), Wanted(Mode.REPLAY, NOON + DAY, NOON - 3 * DAY)])
def test_nobody_is_marked_where_the_history_reaches_back_or_each_has_their_own_moment(
    version: JourneyVersion, campaigns: Client, wanted: Wanted
) -> None:
    contact = trial()
    moved(contact, NOON)
    page = people_of(campaigns, rehearse(version, wanted))
    assert (str(contact) in page, MARK in page) == (True, False)


def test_the_marks_cost_as_many_queries_whoever_is_on_the_page(version: JourneyVersion, campaigns: Client) -> None:
    moved(trial(), NOON)
    counts = []
    for _ in range(2):
        run = rehearse(version, Wanted(Mode.AS_OF, NOON - DAY))
        with CaptureQueriesContext(connection) as queries:
            page = people_of(campaigns, run)
        counts.append((page.count(MARK), len(queries)))
        for _ in range(3):
            trial()
    assert counts == [(1, counts[0][1]), (4, counts[0][1])]
