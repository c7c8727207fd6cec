"""Who is behind a number of a run, as of now: the same walk, person by person, as far as the page reaches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from contacts.models import Contact
from journeys.rehearsal.bounding import Bounds, Cell
from journeys.rehearsal.counting import Reading, run
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.replayed import people_of_replay
from journeys.rehearsal.running import replays_of, scene_of


def people_page(of: RehearsalRun, cell: Cell, page: int, length: int) -> list[Contact]:
    """Newest first, those included of whom it is only possible."""
    found = list(islice(people_of(of, cell), (page - 1) * length, page * length))
    contacts = Contact.objects.in_bulk(found)
    return [contacts[pk] for pk in found if pk in contacts]


def people_of(of: RehearsalRun, cell: Cell) -> Iterator[int]:
    """Ids of contacts; of a replay part by part, as far as somebody looks."""
    if of.mode == RehearsalRun.Mode.REPLAY:
        yield from chain.from_iterable(people_of_replay(part, cell) for part in replays_of(of))
    else:
        yield from _matching(of, cell)


def _matching(of: RehearsalRun, cell: Cell) -> Iterator[int]:
    """People who are alike walk alike, so each kind is walked once."""
    reading = Reading(scene_of(of))
    walked: dict[tuple[object, ...], Bounds] = {}
    for row in run(reading.one_by_one.sql):
        alike = tuple(row[:-1])
        if alike not in walked:
            walked[alike] = reading.bounds(row)
        if cell in walked[alike][1]:
            yield int(row[-1])
