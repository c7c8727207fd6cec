"""What if a condition were another one: the numbers are those of the changed graph, and the version stays as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.conditions.models import SavedAudience
from contacts.conditions.reading import read
from iterable_admin.audit.models import OperatorAction
from iterable_admin.errors import Permanent
from journeys.definition.graph import EVERYBODY, Edge, Entry, Graph, HoldUntil, Start
from journeys.definition.models import JourneyVersion
from journeys.definition.reading import as_json, hash_of
from journeys.models import Journey, RehearsalRun
from journeys.rehearsal.asking import Mode, Wanted, ask_for_rehearsal, ask_to_verify
from journeys.rehearsal.bounding import Cell
from journeys.rehearsal.comparing import parameters_that_differ
from journeys.rehearsal.conditions_changed import places, with_conditions
from journeys.rehearsal.people import people_page
from journeys.rehearsal.running import run_waiting
from journeys.rehearsal.scene import Overlay
from tests.conftest import People
from tests.consent.resolver.conftest import catalogue, see
from tests.factories import ContactFactory, EventFactory
from tests.journeys.rehearsing import chain, mail, rule, split

pytestmark = pytest.mark.django_db
__all__ = ["catalogue"]
GERMANY, FRANCE, SPAIN = ({"field": "country", "op": "is", "value": name} for name in ("Germany", "France", "Spain"))
ELSEWHERE = read(SPAIN)


def journey() -> Graph:
    wait = HoldUntil("back", "Back", 24, where=read(GERMANY))
    rules = (rule("by event", "Left"), rule("gone", **GERMANY))
    start = Start(Entry("event", event="SaaS Trials"), read(GERMANY), exit_rules=rules)
    return Graph(start, (split("where", germany=GERMANY, france=FRANCE), wait, mail("hello")))


@pytest.fixture
def version() -> JourneyVersion:
    """Germans alone enter, of whom there are two; one other is in France."""
    return a_version(Journey.objects.create(name="Trial"), 1, chain(mail("hello"), where=read(GERMANY)))


def a_version(of: Journey, number: int, graph: Graph) -> JourneyVersion:
    told = {"graph": as_json(graph), "graph_hash": hash_of(graph), "state": "draft" if number == 1 else "superseded"}
    moment = "2026-03-01T00:00:00Z"
    return JourneyVersion.objects.create(journey=of, number=number, created_at=moment, changed_at=moment, **told)


@pytest.fixture
def crowd(catalogue: None) -> list[str]:
    return [_trial(country) for country in ("Germany", "Germany", "France")]


def _trial(country: str) -> str:
    contact = ContactFactory.create(profile={"country": country})
    EventFactory.create(email=contact.email, lane=contact.address_key, state="done")
    see(contact.address_key)
    return str(contact.email)


def answers(version: JourneyVersion, **given: Any) -> dict[str, Any]:
    return {"version": version.pk, "mode": "now", "reason": "Before the launch", **given}


def entered(run: RehearsalRun) -> int:
    return int(run.cells.get(step="start", outcome="entered").certain)


def campaigns_owner(people: People) -> Client:
    client = Client()
    client.force_login(people.campaigns_owner)
    return client


def asked(client: Client, version: JourneyVersion, **given: Any) -> RehearsalRun:
    page = client.post(reverse("admin:journeys_rehearsalrun_ask", args=[version.journey_id]), answers(version, **given))
    assert page.status_code == 302, page.context["form"].errors
    run_waiting()
    return RehearsalRun.objects.latest("pk")


def refused(client: Client, version: JourneyVersion, **given: Any) -> dict[str, list[str]]:
    page = client.post(reverse("admin:journeys_rehearsalrun_ask", args=[version.journey_id]), answers(version, **given))
    assert (page.status_code, RehearsalRun.objects.count(), OperatorAction.objects.count()) == (200, 0, 0)
    return {name: list(map(str, told)) for name, told in page.context["form"].errors.items()}


def test_every_condition_has_a_place_that_the_other_versions_know_it_by() -> None:
    assert {place: slot.words for place, slot in places(journey()).items()} == {
        "start": "Who enters",
        "exit/gone": "Who leaves at any step: gone",
        "step/where/germany": "where: germany",
        "step/where/france": "where: france",
        "step/back": "Back: until",
    }


def test_another_condition_takes_its_place_alone() -> None:
    before = journey()
    for place in places(before):
        after = with_conditions(before, {place: ELSEWHERE})
        assert [one for one, slot in places(after).items() if slot.condition == ELSEWHERE] == [place]
        assert with_conditions(after, {place: places(before)[place].condition}) == before
    both = with_conditions(before, {"start": EVERYBODY, "step/back": ELSEWHERE})
    assert [places(both)[place].condition for place in ("start", "step/back")] == [EVERYBODY, ELSEWHERE]
    assert with_conditions(before, {}) is before


@pytest.mark.parametrize("place", ["exit/by event", "exit/0", "step/where", "step/hello", "rule/1", "steps"])
def test_a_place_that_is_not_there_is_refused(place: str) -> None:
    with pytest.raises(Permanent, match=f"What if the condition of: this version has no condition at {place} any more"):
        with_conditions(journey(), {place: ELSEWHERE})


def test_rehearsed_with_another_entry_condition_others_enter_and_the_draft_stays(
    version: JourneyVersion, crowd: list[str], people: People
) -> None:
    client, stood = campaigns_owner(people), JourneyVersion.objects.values().get(pk=version.pk)
    before = asked(client, version)
    after = asked(client, version, place="start", condition='{"field": "country", "op": "is", "value": "France"}')
    everybody = asked(client, version, place="start", condition='{"all": []}')
    assert [entered(run) for run in (before, after, everybody)] == [2, 1, 3]
    assert (after.overlay, after.graph) == ({"conditions": {"start": FRANCE}}, before.graph)
    assert JourneyVersion.objects.values().get(pk=version.pk) == stood


@pytest.mark.parametrize("mode", list(Mode))
def test_every_way_to_enter_asks_the_other_condition(version: JourneyVersion, crowd: list[str], mode: Mode) -> None:
    now = timezone.now()
    period = {Mode.NOW: (None, None), Mode.AS_OF: (now, None), Mode.REPLAY: (now, now - timedelta(days=1))}
    wanted = Wanted(mode, *period[mode], Overlay(conditions={"start": read(FRANCE)}))
    run = ask_for_rehearsal(version, wanted, None, "Before the launch")
    run_waiting()
    assert entered(run) == 1
    cell = run.cells.get(step="start", outcome="entered")
    found = people_page(run, Cell(cell.step, cell.outcome, cell.reason, cell.cause), 1, 50)
    assert [person.email for person in found] == crowd[2:]


def test_branches_and_exit_rules_are_those_that_were_tried_in_numbers_and_in_the_drawing(
    version: JourneyVersion, crowd: list[str], people: People
) -> None:
    """As described the Germans leave; with others in both places nobody does, and whoever is in France goes by the branch."""
    start = Start(Entry("event", event="SaaS Trials"), exit_rules=(rule("by event", "Left"), rule("gone", **GERMANY)))
    described = a_version(version.journey, 2, Graph(start, (split("where", chosen=GERMANY),), (Edge("start", "next", "where"),)))
    tried = Overlay(conditions={"exit/gone": ELSEWHERE, "step/where/chosen": read(FRANCE)})
    runs = [ask_for_rehearsal(described, Wanted(overlay=one), None, "Before the launch") for one in (Overlay(), tried)]
    run_waiting()
    counts = [dict(run.cells.filter(step="where").values_list("outcome", "certain")) for run in runs]
    assert counts == [{"left": 2, "reached": 1, "else": 1}, {"reached": 3, "chosen": 1, "else": 2}]
    runs[1].refresh_from_db()
    page = campaigns_owner(people).get(reverse("admin:journeys_rehearsalrun_change", args=[runs[1].pk])).content.decode()
    assert "The condition of “Who leaves at any step: gone” is: Country is Spain." in page
    drawing = page[page.index('aria-label="Drawing of the journey"') : page.index('id="steps"')]
    assert ("France" in drawing, "Germany" in drawing) == (True, False)


def test_a_saved_audience_is_tried_as_it_stands_then(version: JourneyVersion, crowd: list[str], people: People) -> None:
    audience = SavedAudience.objects.create(name="The French", condition=FRANCE)
    run = asked(campaigns_owner(people), version, place="start", audience=audience.pk)
    audience.condition = SPAIN
    audience.save()
    ask_to_verify(run, None, "Is it still so?")
    run_waiting()
    run.refresh_from_db()
    assert (entered(run), run.moved, run.error) == (1, [], "")


def test_the_pages_tell_it_in_words_and_show_its_people(version: JourneyVersion, crowd: list[str], people: People) -> None:
    client = campaigns_owner(people)
    before = asked(client, version)
    after = asked(client, version, place="start", condition='{"field": "country", "op": "is", "value": "France"}')
    told = "The condition of “Who enters” is: Country is France."
    page = client.get(reverse("admin:journeys_rehearsalrun_change", args=[after.pk])).content.decode()
    assert f"What if: {told}" in page
    differ = {name: words for name, *words in parameters_that_differ(before, after)}
    assert differ["what if"] == ["nothing: as described", told]
    assert "description" not in differ
    url = reverse("admin:journeys_rehearsalrun_people", args=[after.pk])
    shown = client.get(url, {"cell": after.cells.get(step="start").pk}).content.decode()
    assert [email in shown for email in crowd] == [False, False, True]


def test_what_cannot_be_tried_is_refused_beside_its_field(version: JourneyVersion, catalogue: None, people: People) -> None:
    client = campaigns_owner(people)
    for condition, field, why in (
        ('{"field": "country", "op": "is", "value": 7}', "condition", "value: must be a text."),
        ('{"field": "country"', "condition", "This is no JSON: line 1, column 20: Expecting ',' delimiter."),
        ('{"performed": "\\ud800"}', "condition", "This is no JSON that can be kept"),
        ('{"performed": "a\\u0000"}', "condition", "This is no JSON that can be kept"),
        ("[" * 20_000, "condition", "This is no JSON that can be kept"),
        ('{"may_receive": "Newsletter"}', "condition", "Newsletter"),
        ("", "audience", "Choose a saved audience, or write a condition."),
    ):
        ((name, (told,)),) = refused(client, version, place="start", condition=condition).items()
        assert (name, why in told) == (field, True), told


def test_a_condition_or_an_audience_needs_its_place_and_one_is_enough(version: JourneyVersion, people: People) -> None:
    audience = SavedAudience.objects.create(name="The French", condition=FRANCE)
    client, given = campaigns_owner(people), {"audience": audience.pk, "condition": '{"all": []}'}
    assert refused(client, version, condition='{"all": []}') == {"place": ["Choose whose condition it would be."]}
    assert refused(client, version, place="start", **given) == {
        "condition": ["Choose a saved audience or write a condition, not both."]
    }


def test_a_place_of_another_version_is_refused_where_this_one_has_it_no_more(version: JourneyVersion, people: People) -> None:
    client, given = campaigns_owner(people), {"condition": '{"all": []}'}
    a_version(version.journey, 2, journey())
    assert refused(client, version, place="step/where/germany", **given) == {
        "place": ["This version has no condition “where: germany” any more: choose one that it has."]
    }
    assert refused(client, version, place="step/gone", **given) == {
        "place": ["No version of the journey has this condition any more: choose another one."]
    }


def test_a_place_that_goes_while_somebody_asks_is_refused_and_nothing_is_kept(version: JourneyVersion) -> None:
    with pytest.raises(Permanent, match="What if the condition of: this version has no condition at step/gone any more"):
        ask_for_rehearsal(version, Wanted(overlay=Overlay(conditions={"step/gone": EVERYBODY})), None, "")
    assert (RehearsalRun.objects.count(), OperatorAction.objects.count()) == (0, 0)
