"""Iterable's API as typed calls: each sends exactly one request (journeys: one a page) and never retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from iterable_admin.errors import Misconfigured
from iterable_admin.iterable.answers import Answer, at
from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.envelope import is_html, read_envelope
from iterable_admin.iterable.errors import Ambiguous, NotThere, Refused
from iterable_admin.iterable.limits import Limiter
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.reads import Channel, Journey, MessageType, User
from iterable_admin.iterable.transport import Transport
from iterable_admin.iterable.writes import ProfileUpdate, SubscriptionUpdate, TrackedEvent, identity

# A key belongs to one project in one data centre and works only there.
US = "https://api.iterable.com"
EU = "https://api.eu.iterable.com"

# No endpoint tells the type; it is fixed when the project is created.
PROJECT_TYPES = ("email", "userid", "hybrid")
MOST_EVENTS_READ = 200
LARGEST_JOURNEY_PAGE = 50
UNKNOWN_PERSON_CODES = {"UnknownEmailError", "UnknownUserIdError", "error.users.noUserWithIdExists"}
SUBSCRIPTION = "/api/subscriptions/{group}/{id}/user/{email}"

Parsed = TypeVar("Parsed")


class IterableClient:
    """Safe to share between threads. Its errors are IterableErrors, each with the Call it came from."""

    def __init__(
        self,
        api_key: str,
        base_url: str = US,
        *,
        project_type: str = "email",
        timeout: tuple[float, float] = (5, 30),
        limiter: Limiter | None = None,
    ) -> None:
        """`timeout`: seconds to connect, and seconds of silence while reading."""
        if project_type not in PROJECT_TYPES:
            raise Misconfigured(f"ITERABLE_PROJECT_TYPE is one of {', '.join(PROJECT_TYPES)}.")
        self.base_url = base_url
        self.project_type = project_type
        self._transport = Transport(api_key, base_url, timeout, limiter)

    def update_user(self, profile: ProfileUpdate) -> Call:
        return self._post("/api/users/update", profile.as_json()).call

    def bulk_update_users(self, rows: Sequence[ProfileUpdate], *, update_only: bool = False) -> BulkResult:
        """`update_only` creates nobody; it is undocumented and works only where Iterable has switched it on."""
        body: dict[str, Any] = {"users": [row.as_json() for row in _some(rows)]}
        if update_only:
            body["updateOnly"] = True
        answer = self._post("/api/users/bulkUpdate", body)
        return settle(rows, answer.json(), answer.call)

    def get_user(self, email: str) -> tuple[User | None, Call]:
        """None if Iterable has no such person, which it says in several ways."""
        try:
            answer = self._transport.send("GET", "/api/users/getByEmail", query=identity(email, None))
        except (NotThere, Refused) as error:
            if _says_unknown_person(error):
                return None, error.call
            raise
        return _user_in(answer), answer.call

    def update_subscriptions(self, update: SubscriptionUpdate) -> Call:
        return self._post("/api/users/updateSubscriptions", update.as_json()).call

    def subscribe(self, group: str, group_id: int, email: str) -> Call:
        """Adds one subscription and touches no other; NotThere where the family is not enabled.

        `group`: emailList, messageType or messageChannel.
        """
        return self._subscription("PATCH", group, group_id, email)

    def unsubscribe(self, group: str, group_id: int, email: str) -> Call:
        """Takes one subscription away and touches no other; creates the person if Iterable has none."""
        return self._subscription("DELETE", group, group_id, email)

    def track(self, event: TrackedEvent) -> Call:
        """Accepted is no proof: an unknown person is dropped later, without a word."""
        answer = self._post("/api/events/track", event.as_json())
        # Iterable answers 200 also for an event name that the project has blocked.
        if "is disallowed from tracking" in read_envelope(answer.text).message:
            raise Refused(f"the project does not take this event name ({at(answer.call)})", answer.call, code="disallowed")
        return answer.call

    def track_bulk(self, events: Sequence[TrackedEvent]) -> BulkResult:
        answer = self._post("/api/events/trackBulk", {"events": [event.as_json() for event in _some(events)]})
        return settle(events, answer.json(), answer.call)

    def get_events(self, email: str, limit: int = MOST_EVENTS_READ) -> tuple[list[dict[str, Any]], Call]:
        """The latest events, at most 200; there are no pages."""
        path = f"/api/events/{_quoted(email)}"
        query = {"limit": max(1, min(limit, MOST_EVENTS_READ))}
        answer = self._transport.send("GET", "/api/events/{email}", path=path, query=query)
        return _entries(answer, "events", dict), answer.call

    def channels(self) -> list[Channel]:
        return _entries(self._transport.send("GET", "/api/channels"), "channels", Channel.parse)

    def message_types(self) -> list[MessageType]:
        return _entries(self._transport.send("GET", "/api/messageTypes"), "messageTypes", MessageType.parse)

    def journeys(self) -> list[Journey]:
        """All of them: without a state Iterable gives those not archived, with it only the archived ones."""
        found = {journey.id: journey for archived in (False, True) for journey in self._journeys(archived)}
        return [found[identifier] for identifier in sorted(found)]

    def fields(self) -> dict[str, str]:
        """The type of each profile field by its name, nested names dotted."""
        answer = self._transport.send("GET", "/api/users/getFields")
        found = answer.json().get("fields")
        if not isinstance(found, dict):
            raise _unexpected(answer, "fields")
        return {str(name): str(kind) for name, kind in found.items()}

    def _journeys(self, archived: bool) -> list[Journey]:
        # Sorted by what never changes, or an edit between two pages would hide a journey.
        query: dict[str, str | int] = {"page": 0, "pageSize": LARGEST_JOURNEY_PAGE, "sort": "id"}
        query |= {"state": "Archived"} if archived else {}
        found: list[Journey] = []
        while True:
            query["page"] = int(query["page"]) + 1
            answer = self._transport.send("GET", "/api/journeys", query=query)
            page = _entries(answer, "journeys", lambda entry: Journey.parse(entry, archived=archived))
            found += page
            if not page or not _has_more(answer.json(), len(found)):
                return found

    def _subscription(self, method: str, group: str, group_id: int, email: str) -> Call:
        path = f"/api/subscriptions/{_quoted(group)}/{group_id}/user/{_quoted(email)}"
        return self._transport.send(method, SUBSCRIPTION, path=path).call

    def _post(self, endpoint: str, body: dict[str, Any]) -> Answer:
        return self._transport.send("POST", endpoint, body=body)


def _quoted(part: str) -> str:
    """Slashes too: an address may hold them."""
    return quote(part.strip().lower() if "@" in part else part, safe="")


def _some(rows: Sequence[Parsed]) -> Sequence[Parsed]:
    """Iterable answers an empty users/bulkUpdate with 400 "Emails invalid: "."""
    if not rows:
        raise ValueError("a bulk call needs at least one row")
    return rows


def _says_unknown_person(error: NotThere | Refused) -> bool:
    # An HTML page behind a 404 comes from another server: taken for an answer, it would make everybody absent.
    return error.code in UNKNOWN_PERSON_CODES or (isinstance(error, NotThere) and not is_html(error.call.excerpt))


def _user_in(answer: Answer) -> User | None:
    body = answer.json()
    if isinstance(body.get("user"), dict) and body["user"]:
        return User.parse(body["user"])
    if body.get("code", "") in {"", *UNKNOWN_PERSON_CODES}:
        return None
    raise _unexpected(answer, "user")


def _entries(answer: Answer, key: str, parse: Callable[[dict[str, Any]], Parsed]) -> list[Parsed]:
    """Fails rather than leave out: to a mirror, what is not in the list was deleted in Iterable."""
    try:
        return [parse(entry) for entry in answer.json()[key]]
    except (KeyError, TypeError, ValueError, AttributeError):
        failure = _unexpected(answer, key)
    raise failure


def _has_more(page: dict[str, Any], so_far: int) -> bool:
    # The link itself is not followed: it may lead to another host, and the key would go along.
    total = page.get("totalJourneysCount")
    return bool(page.get("nextPageUrl")) or (isinstance(total, int) and so_far < total)


def _unexpected(answer: Answer, key: str) -> Ambiguous:
    return Ambiguous(f"{answer.status} without a readable {key!r} ({at(answer.call)})", answer.call)
