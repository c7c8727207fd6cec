"""Messages of several journeys that fall into one day or one week: counted, named, and shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from iterable_admin.audit.models import OperatorAction
from journeys.definition.graph import Delay, Entry, Graph
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.models import Journey, PressureRun
from journeys.rehearsal.pressing import KEPT, ask_for_pressure, run_waiting
from tests.conftest import People
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory
from tests.journeys.rehearsing import chain, mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
__all__ = ["catalogue"]


def describe(name: str, graph: Graph) -> JourneyVersion:
    now = timezone.now()
    told = {"graph": as_json(graph), "graph_hash": hash_of(graph), "created_at": now, "changed_at": now}
    return JourneyVersion.objects.create(journey=Journey.objects.create(name=name), number=1, **told)


def receipts(*hours: float) -> Graph:
    """One at the beginning, and one after each wait."""
    steps = [mail("m0", "Transactional")]
    for number, wait in enumerate(hours, 1):
        steps += [Delay(f"d{number}", "wait", wait), mail(f"m{number}", "Transactional")]  # type: ignore[list-item]
    return chain(*steps)


def begin(days_ago: float, *, present: bool = True) -> Contact:
    contact: Contact = ContactFactory.create()
    at = timezone.now() - timedelta(days=days_ago)
    EventFactory.create(email=contact.email, lane=contact.address_key, received_at=at, state="done")
    see(contact.address_key, at - timedelta(days=1), present=present)
    return contact


def count(days: int = 30, in_a_day: int = 2, in_a_week: int = 4) -> PressureRun:
    run = ask_for_pressure(days, in_a_day, in_a_week, None, "Before the launch")
    assert run_waiting() == 1
    run.refresh_from_db()
    assert (run.state, run.error) == ("completed", "")
    return run


def test_messages_of_all_journeys_count_together_in_any_day_and_any_week() -> None:
    """The first: at 0, 12 and 36 hours; the second: at 0 and 23 hours. In a day from 12 hours on: 12, 23 and no more than 36."""
    describe("One", receipts(12, 24))
    describe("Other", receipts(23))
    long_ago = begin(20)
    today, never = begin(0.1), begin(20, present=False)
    begin(40)
    run = count()
    assert (run.counts["in_a_day"], run.counts["in_a_week"]) == ({"2": 1, "4": 1}, {"2": 1, "5": 1})
    assert [(row.contact, row.in_a_day, row.in_a_week) for row in run.people.all()] == [(long_ago, 4, 5)]
    assert today != never


def test_whoever_was_not_looked_for_yet_is_told_and_does_not_count(people: People) -> None:
    JourneyVersion.objects.all().delete()
    describe("One", receipts(24))
    person = ContactFactory.create()
    at = timezone.now() - timedelta(days=3)
    EventFactory.create(email=person.email, lane=person.address_key, received_at=at, state="done")
    see(person.address_key, at + timedelta(hours=1))
    run = count()
    assert (run.counts["unknown"], run.counts["in_a_day"]) == (1, {"1": 1})
    client = Client()
    client.force_login(people.campaigns_owner)
    page = client.get(reverse("admin:journeys_pressurerun_change", args=[run.pk])).content.decode()
    assert "Of 1 person some messages do not count" in page


def test_a_day_is_less_than_24_hours() -> None:
    describe("One", receipts(24, 24))
    begin(20)
    assert count().counts["in_a_day"] == {"1": 1}


def test_what_cannot_be_replayed_is_named_and_the_rest_counts() -> None:
    describe("One", receipts())
    describe("By list", chain(mail("hello"), entry=Entry("list", list_id=3)))
    describe("Odd", chain(mail("hello", "Newsletter")))
    Journey.objects.create(name="Not described")
    begin(1)
    told = count().counts
    assert (told["journeys"], sorted(told["left_out"]), told["in_a_day"]) == (["version 1 of One"], ["By list", "Odd"], {"1": 1})


def test_old_counts_go_with_the_people_they_name() -> None:
    describe("One", receipts())
    person = begin(1)
    runs = [count(in_a_day=0).pk for _ in range(KEPT + 1)]
    assert list(PressureRun.objects.order_by("pk").values_list("pk", flat=True)) == runs[1:]
    person.delete()
    assert PressureRun.objects.get(pk=runs[-1]).people.count() == 0


def test_a_page_says_how_far_a_count_is_and_ends_it_without_a_trace(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    JourneyVersion.objects.all().delete()
    describe("One", receipts())
    describe("Other", receipts())
    client = Client()
    client.force_login(people.campaigns_owner)
    run = ask_for_pressure(30, 0, 4, None, "Before the launch")
    told: list[str] = []

    def looked_at(*asked: Any) -> str:
        told.append(client.get(reverse("admin:journeys_pressurerun_progress", args=[run.pk])).json()["rows"])
        if len(told) == 2:
            client.post(reverse("admin:journeys_pressurerun_cancel", args=[run.pk]), {"reason": "Not now"})
        return ""

    monkeypatch.setattr("journeys.rehearsal.pressure._replay", looked_at)
    assert run_waiting() == 1
    run.refresh_from_db()
    assert (told, run.state, run.counts) == (["0 of 1 journeys counted", "1 of 2 journeys counted"], "cancelled", {})
    assert run.people.count() == 0


def test_pages_ask_for_it_and_name_who_gets_too_many(people: People) -> None:
    describe("One", receipts())
    person = begin(1)
    client = Client()
    client.force_login(people.campaigns_owner)
    answers = {"days": 30, "in_a_day": 0, "in_a_week": 4, "reason": "Before the launch"}
    asked = client.post(reverse("admin:journeys_pressurerun_count"), answers)
    run_waiting()
    page = client.get(asked["Location"]).content.decode()
    assert "More than 0: <strong>1</strong> person." in page
    assert "More than 4: <strong>0</strong> people." in page
    shown = client.get(reverse("admin:journeys_pressurerun_people", args=[PressureRun.objects.get().pk]))
    assert person.email in shown.content.decode()
    assert [row.verb for row in OperatorAction.objects.order_by("pk")][-2:] == ["count messages", "view people"]
