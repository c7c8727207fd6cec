"""What a call to Iterable asked, made once more from the deliveries that it carried: bodies are not kept beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from iterable_admin.iterable.writes import Person, ProfileUpdate, TrackedEvent
from iterable_admin.outbox.batching import call_rows
from iterable_admin.outbox.models import Attempt, Delivery

Body = dict[str, Any]
Rows = Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Request:
    """Without headers: the only one that says anything is the key's, which is nobody's reading."""

    method: str
    path: str
    body: Body | None = None

    @property
    def body_text(self) -> str:
        return json.dumps(self.body, indent=2, ensure_ascii=False) if self.body is not None else ""

    def __str__(self) -> str:
        told = [f"{self.method} {self.path}", "Api-Key: $ITERABLE_API_KEY"]
        return "\n".join([*told, "Content-Type: application/json", "", self.body_text] if self.body is not None else told)


def request_of(attempt: Attempt, deliveries: Rows) -> Request | None:
    """None where the call was made up of what Iterable held then, or where the person was erased since."""
    rows = [row for row in deliveries if row.email]
    make = BODIES.get(attempt.endpoint)
    if not rows:
        return None
    if attempt.endpoint in PATHS:
        return Request(attempt.method, PATHS[attempt.endpoint](rows[0]))
    return Request(attempt.method, attempt.endpoint, make(rows)) if make else None


def _profiles(rows: Rows) -> Body:
    merged = call_rows([row for row in rows if "dataFields" in row.payload])
    return {"users": [ProfileUpdate(data_fields=row.fields, email=row.first.email).as_json() for row in merged]}


def _events(rows: Rows) -> Body:
    return {"events": [_event(row) for row in rows if "eventName" in row.payload]}


def _event(row: Delivery) -> Body:
    told = row.payload
    event = TrackedEvent(told["eventName"], told["dataFields"], email=row.email, id=told["id"], created_at=told["createdAt"])
    return event.as_json()


def _list(rows: Rows) -> Body:
    told = {name: value for name, value in rows[0].payload.items() if name in ("listId", "campaignId", "updateExistingUsersOnly")}
    joins = rows[0].payload.get("joins")
    people = [ProfileUpdate({}, email=row.email) if joins else Person(email=row.email) for row in rows]
    return told | {"subscribers": [person.as_json() for person in people]}


def _change(rows: Rows) -> Body:
    return {name: rows[0].payload.get(name) for name in ("currentEmail", "newEmail")}


def _by_address(row: Delivery) -> str:
    return f"/api/users/getByEmail?{urlencode({'email': row.email})}"


def _subscription(row: Delivery) -> str:
    return f"/api/subscriptions/{row.payload.get('group')}/{row.payload.get('id')}/user/{quote(row.email, safe='')}"


BODIES: dict[str, Callable[[Rows], Body]] = {
    "/api/users/bulkUpdate": _profiles,
    "/api/events/trackBulk": _events,
    "/api/lists/subscribe": _list,
    "/api/lists/unsubscribe": _list,
    "/api/users/forget": lambda rows: Person(email=rows[0].email).as_json(),
    "/api/users/updateEmail": _change,
}
PATHS: dict[str, Callable[[Delivery], str]] = {
    "/api/users/getByEmail": _by_address,
    "/api/subscriptions/{group}/{id}/user/{email}": _subscription,
}
