"""For both journeys of the instance: twenty people, whose outcomes were worked out by hand, step by step, in all three ways."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType

import pytest

from contacts.models import Contact
from journeys.definition.graph import Graph
from journeys.definition.shipping import FREE, TRIAL, shipped
from journeys.rehearsal.bounding import Bounds, Cell
from journeys.rehearsal.counting import Reading, count_now, run
from journeys.rehearsal.replayed import behind
from journeys.rehearsal.replaying import LIMITED, Replay, count_replay, walked
from journeys.rehearsal.scene import Scene
from tests.consent.resolver.conftest import catalogue
from tests.journeys.rehearsing import alone, in_words
from tests.rehearsal import of_the_free_user, of_the_trial
from tests.rehearsal.people import THEN, TODAY, arrive, day
from tests.rehearsal.tables import Table, read, total

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
BOTH = pytest.mark.parametrize(("name", "told"), [(TRIAL, of_the_trial), (FREE, of_the_free_user)], ids=["trial", "free"])
__all__ = ["catalogue"]


def graph_with_people(name: str, told: ModuleType) -> Graph:
    assert len(told.PEOPLE) == len(told.NOW) == len(told.AS_OF) == len(told.REPLAYED) == 20
    arrive(told.PEOPLE)
    return shipped(name)


def by_statement(scene: Scene) -> dict[str, Bounds]:
    names = dict(Contact.objects.values_list("pk", "address_key"))
    reading = Reading(scene)
    return {names[row[-1]]: reading.bounds(row) for row in run(reading.one_by_one.sql)}


def check(scene: Scene, table: Table) -> None:
    """Person by person, by the statement and in Python; and the sums."""
    expected = read(scene.graph, table)
    assert by_statement(scene) == expected
    assert alone(scene) == expected
    assert in_words(count_now(scene)) == in_words(total(expected))


@BOTH
def test_whoever_matches_now(name: str, told: ModuleType) -> None:
    check(Scene(graph_with_people(name, told), TODAY), told.NOW)


@BOTH
def test_as_of_a_moment(name: str, told: ModuleType) -> None:
    check(Scene(graph_with_people(name, told), THEN, past=True), told.AS_OF)


def by_replay(replay: Replay, cells: Collection[Cell]) -> dict[Cell, list[str]]:
    names = dict(Contact.objects.values_list("pk", "address_key"))
    with walked(replay) as (numbers, out):
        return {cell: sorted(names[pk] for pk in behind(replay.scene, numbers, out, cell)) for cell in cells}


@BOTH
def test_replay_of_a_period(name: str, told: ModuleType) -> None:
    """The people behind each number, and the numbers, with the one whose second entry a limit refuses."""
    replay = Replay(Scene(graph_with_people(name, told), TODAY), day(-1), TODAY)
    rows = read(replay.scene.graph, told.REPLAYED)
    cells = {cell for _, possible in rows.values() for cell in possible}
    expected = {cell: sorted(who for who, (_, possible) in rows.items() if cell in possible) for cell in cells}
    expected[LIMITED] = told.REFUSED
    assert by_replay(replay, expected) == expected
    assert count_replay(replay).certain == {cell: len(people) for cell, people in expected.items()}
