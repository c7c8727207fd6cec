"""A run from the form to its page: counted by a worker, kept for good, verified, compared, and its people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.consent.resolver.rules import SENTENCES
from iterable_admin.audit.models import OperatorAction
from iterable_admin.audit.pills import moment_text
from iterable_admin.errors import Permanent
from journeys.definition.graph import Delay, Edge, Entry
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.models import Journey, RehearsalRun
from journeys.rehearsal.asking import Mode, Wanted, ask_for_rehearsal, ask_to_verify
from journeys.rehearsal.background import cancel
from journeys.rehearsal.comparing import compare, exposed_of, parameters_that_differ
from journeys.rehearsal.running import run_waiting
from journeys.rehearsal.scene import Overlay
from tests.conftest import People
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory
from tests.journeys.rehearsing import chain, mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
__all__ = ["catalogue"]


@pytest.fixture
def version() -> JourneyVersion:
    graph, now = chain(mail("hello")), timezone.now()
    journey = Journey.objects.create(name="Trial")
    told = {"graph": as_json(graph), "graph_hash": hash_of(graph), "created_at": now, "changed_at": now}
    return JourneyVersion.objects.create(journey=journey, number=1, **told)


def trial(**arrays: Any) -> str:
    contact = ContactFactory.create()
    EventFactory.create(email=contact.email, lane=contact.address_key, received_at=NOON, state="done")
    see(contact.address_key, **arrays)
    return str(contact.email)


def rehearse(version: JourneyVersion, wanted: Wanted | None = None) -> RehearsalRun:
    run = ask_for_rehearsal(version, wanted or Wanted(), None, "Before the launch")
    assert run_waiting() == 1
    return RehearsalRun.objects.get(pk=run.pk)


def cells(run: RehearsalRun) -> list[tuple[str, str, str, str, int, int]]:
    return list(run.cells.values_list("step", "outcome", "reason", "cause", "certain", "possible"))


def test_what_was_counted_is_kept_with_what_it_was_counted_from(version: JourneyVersion) -> None:
    trial()
    run = rehearse(version)
    assert cells(run) == [
        ("hello", "exposed", "NO_EVIDENCE", "nobody told of an agreement", 1, 1),
        ("hello", "reached", "", "", 1, 1),
        ("start", "entered", "", "", 1, 1),
    ]
    assert (run.state, run.graph_hash, set(run.watermark)) == (
        "completed",
        version.graph_hash,
        {"event", "ledger", "observation", "contact", "field_change"},
    )
    assert OperatorAction.objects.get().verb == "rehearse"


def test_verifying_says_the_same_or_what_moved_and_changes_no_count(version: JourneyVersion) -> None:
    trial()
    run = rehearse(version)
    kept = cells(run)
    for moved in ([], [["hello", "exposed"], ["hello", "reached"], ["start", "entered"]]):
        ask_to_verify(run, None, "Is it still so?")
        run_waiting()
        run.refresh_from_db()
        assert ([row[:2] for row in run.moved or ()], cells(run), run.verifying) == (moved, kept, False)
        trial()


def test_what_cannot_be_verified_says_why_and_does_not_say_that_the_data_moved(
    version: JourneyVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial()
    runs = [rehearse(version) for _ in range(2)]
    for run in runs:
        ask_to_verify(run, None, "Is it still so?")
    monkeypatch.setattr("journeys.rehearsal.running.count_now", lambda scene: 1 / 0)
    run_waiting()
    ours = "Our error (ZeroDivisionError), which the log tells: the technical owner looks into it."
    told = f"It could not be counted once more: {ours}"
    assert [(run.verifying, run.moved, run.error) for run in RehearsalRun.objects.all()] == [(False, None, told)] * 2


def test_moved_to_gitlab_marketing_nobody_is_exposed(version: JourneyVersion) -> None:
    trial()
    before = rehearse(version)
    after = rehearse(version, Wanted(overlay=Overlay(moved={"Marketing Message": "GitLab Marketing"})))
    assert (exposed_of(before), exposed_of(after)) == ((1, 1), (0, 0))
    (step,) = compare(before, after)
    assert [(row.cell.outcome, row.cell.reason, row.more) for row in step.rows] == [
        ("blocked", "NEVER_ASKED", 1),
        ("exposed", "NO_EVIDENCE", -1),
    ]


def test_retired_or_suppressed_nobody_gets_it(version: JourneyVersion) -> None:
    trial(list_ids=[7])
    for overlay, reason in (
        (Overlay(retired=frozenset({"Marketing Message"})), "RETIRED"),
        (Overlay(suppressed=(7,)), "JOURNEY_SUPPRESSION"),
    ):
        assert next(row[1:3] for row in cells(rehearse(version, Wanted(overlay=overlay)))) == ("blocked", reason)


def test_a_replay_and_a_past_rehearsal_are_runs_too(version: JourneyVersion) -> None:
    trial()
    at = datetime(2026, 3, 11, tzinfo=UTC)
    past = rehearse(version, Wanted(Mode.AS_OF, at))
    replayed = rehearse(version, Wanted(Mode.REPLAY, at, datetime(2026, 3, 9, tzinfo=UTC)))
    assert (past.cells.count(), [row[1] for row in cells(replayed)]) == (0, ["exposed", "reached", "entered"])
    assert replayed.notes == {"as_today": 0}


def test_what_cannot_be_rehearsed_says_why(version: JourneyVersion) -> None:
    with pytest.raises(Permanent, match="in the past"):
        ask_for_rehearsal(version, Wanted(Mode.AS_OF, datetime(2099, 1, 1, tzinfo=UTC)), None, "")
    version.graph = as_json(chain(mail("hello", "Newsletter")))
    version.save()
    run = rehearse(version)
    assert run.state == "failed"
    assert run.error == "Step hello: there is no message type named Newsletter. Choose one that Iterable has."
    assert run.cells.count() == 0


def test_a_moment_that_is_no_use_is_told_beside_its_field_and_nothing_is_asked_for(
    version: JourneyVersion, people: People
) -> None:
    client = Client()
    client.force_login(people.campaigns_owner)
    answers = {
        "version": version.pk,
        "mode": "replay",
        "reason": "Ahead",
        "at_1": "00:00",
        "since_0": "2026-03-11",
        "since_1": "00:00",
    }
    url = reverse("admin:journeys_rehearsalrun_ask", args=[version.journey_id])
    ahead, backwards = (client.post(url, {**answers, "at_0": day}).context["form"] for day in ("2099-01-01", "2026-03-10"))
    assert ahead.errors == {"at": ["Choose a moment in the past."]}
    assert backwards.errors == {"since": ["Choose a moment before the end of the period."]}
    assert not RehearsalRun.objects.exists()


def test_who_cancels_is_told_nothing_more(version: JourneyVersion) -> None:
    run = ask_for_rehearsal(version, Wanted(), None, "")
    cancel(run, None, "Not now")
    assert (run_waiting(), RehearsalRun.objects.get().state, RehearsalRun.objects.get().cells.count()) == (0, "cancelled", 0)
    with pytest.raises(Permanent, match="ended already"):
        cancel(run, None, "Again")


def test_pages_ask_for_it_show_it_and_lead_to_its_people(version: JourneyVersion, people: People) -> None:
    email = trial()
    client = Client()
    client.force_login(people.campaigns_owner)
    answers = {"version": version.pk, "mode": "now", "reason": "Before the launch"}
    asked = client.post(reverse("admin:journeys_rehearsalrun_ask", args=[version.journey_id]), answers)
    run_waiting()
    run = RehearsalRun.objects.get()
    url = reverse("admin:journeys_rehearsalrun_change", args=[run.pk])
    assert asked["Location"] == url
    page = client.get(url).content.decode()
    assert ("would get it, and should not" in page, "1 person" in page, "1 people" in page) == (True, True, False)
    assert "To people who should not get them: <strong>1</strong>" in page
    shown = client.get(reverse("admin:journeys_rehearsalrun_people", args=[run.pk]), {"cell": run.cells.first().pk})  # type: ignore[union-attr]
    assert email in shown.content.decode()
    assert OperatorAction.objects.latest("pk").verb == "view people"


def test_a_page_says_what_its_numbers_cannot_tell(version: JourneyVersion, people: People) -> None:
    graph = chain(mail("hello"), Delay("wait", "Wait", 24), entry=Entry("api"))
    version.graph = as_json(replace(graph, edges=(*graph.edges, Edge("wait", "next", "hello"))))
    version.save()
    trial()
    client = Client()
    client.force_login(people.business_owner)
    page = client.get(reverse("admin:journeys_rehearsalrun_change", args=[rehearse(version).pk])).content.decode()
    assert "Whoever enters by a call of Iterable&#x27;s API: only Iterable knows who that is. Counted is who could." in page
    assert "It leads in a circle: each step is walked once, so whoever goes round gets more than is counted here." in page


def test_two_rehearsals_are_compared_in_words(version: JourneyVersion, people: People) -> None:
    trial()
    before = rehearse(version)
    edited = chain(mail("hello", "GitLab Marketing"))
    version.graph, version.graph_hash = as_json(edited), hash_of(edited)
    version.save()
    after = rehearse(version)
    client = Client()
    client.force_login(people.business_owner)
    told = client.get(reverse("admin:journeys_rehearsalrun_compare", args=[after.pk]), {"with": before.pk}).content.decode()
    assert f"version 1 as it stood at {moment_text(before.created_at)}, before later edits" in told
    assert f"version 1, edited {moment_text(version.changed_at)}" in told
    assert '<td data-head="They">! would get it, and should not</td><td data-head="Why">' in told
    assert SENTENCES["NO_EVIDENCE"] in told
    assert [code for code in (before.graph_hash, after.graph_hash, "NO_EVIDENCE", "NEVER_ASKED") if code in told] == []


def test_one_that_was_cancelled_has_no_numbers_to_compare(version: JourneyVersion, people: People) -> None:
    trial()
    done, given_up = rehearse(version), ask_for_rehearsal(version, Wanted(), None, "")
    cancel(given_up, None, "Not now")
    client = Client()
    client.force_login(people.business_owner)
    for run, other in ((done, given_up), (given_up, done)):
        url = reverse("admin:journeys_rehearsalrun_compare", args=[run.pk])
        page = client.get(url, {"with": other.pk}, follow=True)
        assert page.redirect_chain == [(reverse("admin:journeys_rehearsalrun_change", args=[run.pk]), 302)]
        assert "Only rehearsals that are completed can be compared" in page.content.decode()


def test_the_same_graph_is_no_difference_whoever_rehearsed_it(version: JourneyVersion) -> None:
    trial()
    before, after = rehearse(version), rehearse(version, Wanted(overlay=Overlay(suppressed=(7,))))
    told = {name: words for name, *words in parameters_that_differ(before, after)}
    assert set(told) == {"moment", "what if"}
    assert told["what if"] == ["nothing: as described", "List 7 is suppressed."]
