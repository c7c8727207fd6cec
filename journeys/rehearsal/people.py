"""Who is behind a number of a run, as of now: the same walk, person by person, as far as the page reaches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from contacts.models import Contact
from iterable_admin.errors import Permanent
from journeys.rehearsal.bounding import Bounds, Cell
from journeys.rehearsal.counting import Reading, run
from journeys.rehearsal.models import RehearsalRun
from journeys.rehearsal.running import scene_of


def people_page(of: RehearsalRun, cell: Cell, page: int, length: int) -> list[Contact]:
    """Newest first, those included of whom it is only possible."""
    if of.mode == RehearsalRun.Mode.REPLAY:
        raise Permanent("The people of a replay are not listed: rehearse as of a moment, and look at those.")
    found = list(islice(people_of(of, cell), (page - 1) * length, page * length))
    contacts = Contact.objects.in_bulk(found)
    return [contacts[pk] for pk in found if pk in contacts]


def people_of(of: RehearsalRun, cell: Cell) -> Iterator[int]:
    """Ids of contacts. People who are alike walk alike, so each kind is walked once."""
    reading = Reading(scene_of(of))
    walked: dict[tuple[object, ...], Bounds] = {}
    for row in run(reading.one_by_one.sql):
        alike = tuple(row[:-1])
        if alike not in walked:
            walked[alike] = reading.bounds(row)
        if cell in walked[alike][1]:
            yield int(row[-1])
