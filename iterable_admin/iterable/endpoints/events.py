"""/api/events: what people did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iterable_admin.iterable.answers import at
from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group, quoted_email, some
from iterable_admin.iterable.endpoints.whole_lists import entries
from iterable_admin.iterable.envelope import read_envelope
from iterable_admin.iterable.errors import Refused
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.writes import TrackedEvent

MOST_READ = 200


class Events(Group):
    def track(self, event: TrackedEvent) -> Call:
        """Accepted is no proof: an unknown person is dropped later, without a word."""
        answer = self._post("/api/events/track", event.as_json())
        # Iterable answers 200 also for an event name that the project has blocked.
        if "is disallowed from tracking" in read_envelope(answer.text).message:
            raise Refused(f"the project does not take this event name ({at(answer.call)})", answer.call, code="disallowed")
        return answer.call

    def track_bulk(self, events: Sequence[TrackedEvent]) -> BulkResult:
        answer = self._post("/api/events/trackBulk", {"events": [event.as_json() for event in some(events)]})
        return settle(events, answer.json(), answer.call)

    def by_email(self, email: str, limit: int = MOST_READ) -> tuple[list[dict[str, Any]], Call]:
        """The latest events, at most 200; there are no pages."""
        path = f"/api/events/{quoted_email(email)}"
        answer = self._get("/api/events/{email}", path=path, query={"limit": max(1, min(limit, MOST_READ))})
        return entries(answer, "events", dict), answer.call
