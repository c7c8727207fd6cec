"""/api/events: what people did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iterable_admin.iterable.answers import at
from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group, quoted_email, quoted_user_id
from iterable_admin.iterable.endpoints.whole_lists import entries
from iterable_admin.iterable.envelope import read_envelope
from iterable_admin.iterable.errors import Refused
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.reads import UserEvent
from iterable_admin.iterable.writes import TrackedEvent

MOST_READ = 200


@dataclass(frozen=True, slots=True)
class Tracked:
    id: str
    """The one that was given, or Iterable's own; empty if it does not say."""
    call: Call


class Events(Group):
    def track(self, event: TrackedEvent) -> Tracked:
        """Accepted is no proof: an unknown person is dropped later, without a word."""
        self._check_named("POST", "/api/events/track", event.email)
        answer = self._post("/api/events/track", event.as_json())
        said = read_envelope(answer.text)
        # Iterable answers 200 also for an event name that the project has blocked.
        if "is disallowed from tracking" in said.message:
            raise Refused(f"the project does not take this event name ({at(answer.call)})", answer.call, code="disallowed")
        return Tracked(str(said.params.get("id") or event.id or ""), answer.call)

    def track_bulk(self, events: Sequence[TrackedEvent]) -> BulkResult:
        people = self._people("/api/events/trackBulk", events)
        answer = self._post("/api/events/trackBulk", {"events": [event.as_json() for event in people]})
        return settle(events, answer.json(), answer.call)

    def by_email(self, email: str, limit: int = MOST_READ) -> tuple[list[UserEvent], Call]:
        """The latest events, at most 200; there are no pages."""
        self._check_named("GET", "/api/events/{email}", email)
        return self._latest("/api/events/{email}", f"/api/events/{quoted_email(email)}", limit)

    def by_user_id(self, user_id: str, limit: int = MOST_READ) -> tuple[list[UserEvent], Call]:
        return self._latest("/api/events/byUserId/{userId}", f"/api/events/byUserId/{quoted_user_id(user_id)}", limit)

    def _latest(self, endpoint: str, path: str, limit: int) -> tuple[list[UserEvent], Call]:
        answer = self._get(endpoint, path=path, query={"limit": max(1, min(limit, MOST_READ))})
        return entries(answer, "events", UserEvent.parse), answer.call
