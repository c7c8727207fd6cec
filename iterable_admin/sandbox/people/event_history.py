"""Reading back a person's events, custom ones and Iterable's own."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, read_integer
from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.people.fieldtypes import read_fields
from iterable_admin.sandbox.people.identity import read_email
from iterable_admin.sandbox.people.profiles import Event, Profile
from iterable_admin.sandbox.state import State

MOST, DEFAULT = 200, 30


def get_by_email(state: State, request: Request) -> Answer:
    return read_events(state, request, state.people.find(read_email(request.params["email"]), None))


def get_by_user_id(state: State, request: Request) -> Answer:
    return read_events(state, request, state.people.find(None, request.params["userId"]))


def read_events(state: State, request: Request, profile: Profile | None) -> Answer:
    """The newest first; of two in the same second, the one that arrived later. A stranger has none."""
    most = read_integer(request.query.get("limit", str(DEFAULT)), "limit", 1, MOST)
    if profile is None:
        return Answer(200, {"events": []})
    custom = (describe(state, profile, event) for event in profile.events.values())
    found = [*({**profile.identity, **event} for event in profile.system_events), *custom]
    # Written times sort as the times do.
    found.sort(key=lambda event: str(event["createdAt"]))
    return Answer(200, {"events": found[::-1][:most]})


def describe(state: State, profile: Profile, event: Event) -> dict[str, Any]:
    return {
        "eventType": "customEvent",
        "eventName": event.name,
        "id": event.id,
        **profile.identity,
        "createdAt": write_epoch(event.created_at),
        "dataFields": read_fields(event.fields, state.fields_of_event(event.name)),
        **event.extra,
    }


READS = Rate(100, 1)
ROUTES = [
    Route("GET", "/api/events/byUserId/{userId}", get_by_user_id, READS),
    Route("GET", "/api/events/{email}", get_by_email, READS),
]
