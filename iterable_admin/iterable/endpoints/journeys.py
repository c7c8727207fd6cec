"""/api/journeys, which Iterable formerly called workflows."""

from __future__ import annotations

from functools import partial

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import all_pages
from iterable_admin.iterable.reads import Journey
from iterable_admin.iterable.writes import JourneyTrigger

LARGEST_PAGE = 50


class Journeys(Group):
    def all(self) -> list[Journey]:
        """Without a state Iterable gives those not archived, with it only the archived ones: two passes."""
        found = {journey.id: journey for archived in (False, True) for journey in self._pass(archived=archived)}
        return [found[identifier] for identifier in sorted(found)]

    def trigger(self, trigger: JourneyTrigger) -> Call:
        """For a list, Iterable goes through its people later, one list at a time for each journey."""
        endpoint = "/api/workflows/triggerWorkflow"
        self._check_named("POST", endpoint, trigger.email)
        return self._post(endpoint, trigger.as_json()).call

    def _pass(self, *, archived: bool) -> list[Journey]:
        parse = partial(Journey.parse, archived=archived)
        return list(all_pages(partial(self._page, archived), "journeys", "totalJourneysCount", parse))

    def _page(self, archived: bool, number: int) -> Answer:
        # Sorted by what never changes, or an edit between two pages would hide a journey.
        query: dict[str, str | int] = {"page": number, "pageSize": LARGEST_PAGE, "sort": "id"}
        return self._get("/api/journeys", query=query | ({"state": "Archived"} if archived else {}))
