"""Custom events: track, trackBulk, and reading them back."""

from __future__ import annotations

import re
import uuid
from typing import Any

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, bad_json, bad_params, envelope, expect, rows_of
from iterable_admin.sandbox.bulk import EVENT_FAILURES, Outcome
from iterable_admin.sandbox.clock import to_seconds, write_epoch
from iterable_admin.sandbox.fieldtypes import read_fields
from iterable_admin.sandbox.identity import Person, RowRefused, identify, read_email
from iterable_admin.sandbox.people import Event, Profile
from iterable_admin.sandbox.state import Apply, State, Write
from iterable_admin.sandbox.users import not_found

EVENT_ID = re.compile(r"[A-Za-z0-9-]{1,512}")
MAX_EVENTS, DEFAULT_EVENTS = 200, 30
KINDS: dict[str, tuple[type, str]] = {
    "dataFields": (dict, "Object"),
    "createNewFields": (bool, "Boolean"),
    "createdAt": (int, "Integer"),
    "id": (str, "String"),
    "eventName": (str, "String"),
    "campaignId": (int, "Integer"),
    "templateId": (int, "Integer"),
}


def track(state: State, request: Request) -> Answer:
    """Answers 200 for a stranger too, and keeps nothing: the real one is processed later, so its 200 is no proof."""
    row = request.json()
    check_event(request, row, "obj")
    if row["eventName"] in state.faults.disallowed_events:
        return envelope(f"Event name {row['eventName']} is disallowed from tracking")
    try:
        person = identify(state, row)
    except RowRefused as refused:
        raise refused.as_single() from None
    outcome = Outcome(EVENT_FAILURES)
    write = plan_event(state, row, person, outcome)
    outcome.admission.settle()
    if receives_events(state, person):
        state.accept([write])
    return envelope(f"Event with id: {write['id']} tracked.", params={"id": write["id"]})


def track_bulk(state: State, request: Request) -> Answer:
    rows = rows_of(request, request.json(), "events")
    for index, row in enumerate(rows):
        check_event(request, row, f"obj.events[{index}]")
    outcome, writes, disallowed = Outcome(EVENT_FAILURES), [], {}
    for row in rows:
        if row["eventName"] in state.faults.disallowed_events:
            disallowed[row["eventName"]] = True
            outcome.failed += 1
            continue
        try:
            person = identify(state, row)
            if not receives_events(state, person):
                raise not_found(person)
            writes.append(plan_event(state, row, person, outcome))
        except RowRefused as refused:
            outcome.fail(refused)
    outcome.admission.settle()
    state.accept(writes)
    outcome.success = len(writes)
    return Answer(200, outcome.describe() | {"disallowedEventNames": list(disallowed)})


def check_event(request: Request, row: dict[str, Any], path: str) -> None:
    """What fails the whole call, also in bulk."""
    expect(request, row, path, KINDS)
    if not row.get("eventName"):
        raise bad_json(request, {f"{path}.eventName": [{"msg": "error.path.missing", "args": []}]})
    if row.get("id") is not None and not EVENT_ID.fullmatch(row["id"]):
        raise bad_params(f"{path}.id: at most 512 letters, digits and hyphens")


def receives_events(state: State, person: Person) -> bool:
    """A stranger is made by tracking only by userId, and never in an email-based project. Asked of what is visible now."""
    known = state.people.find(*person) is not None
    return known or (state.project_type != "email" and person.user_id is not None)


def plan_event(state: State, row: dict[str, Any], person: Person, outcome: Outcome) -> Write:
    name, create = row["eventName"], row.get("createNewFields") is not False
    fields = outcome.take_fields(row.get("dataFields") or {}, state.fields_of_event(name), name, create)
    created_at = row.get("createdAt")
    return {
        "op": "event",
        "email": person.email,
        "userId": person.user_id,
        "id": row.get("id") or uuid.uuid4().hex,
        "name": name,
        "createdAt": to_seconds(created_at) if created_at is not None else int(state.clock.now()),
        "fields": fields,
        "extra": {key: row[key] for key in ("campaignId", "templateId") if row.get(key) is not None},
    }


def apply_event(state: State, write: Write, at: float) -> None:
    person = Person(write["email"], write["userId"])
    if not receives_events(state, person):
        return
    profile, created = state.people.obtain(*person, at)
    if created:
        state.people.record(profile, "created", at)
    event = Event(write["id"], write["name"], write["createdAt"], write["fields"], write["extra"])
    state.people.store_event(profile, event)


def get_by_email(state: State, request: Request) -> Answer:
    return read_events(state, request, state.people.find(read_email(request.params["email"]), None))


def get_by_user_id(state: State, request: Request) -> Answer:
    return read_events(state, request, state.people.find(None, request.params["userId"]))


def read_events(state: State, request: Request, profile: Profile | None) -> Answer:
    text = request.query.get("limit", str(DEFAULT_EVENTS))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_EVENTS:
        raise bad_params(f"limit must be between 1 and {MAX_EVENTS}")
    arrived = list(enumerate(profile.events.values())) if profile else []
    arrived.sort(key=lambda pair: (pair[1].created_at, pair[0]), reverse=True)
    return Answer(200, {"events": [describe(state, profile, event) for _, event in arrived[: int(text)]]})


def describe(state: State, profile: Profile | None, event: Event) -> dict[str, Any]:
    return {
        "eventType": "customEvent",
        "eventName": event.name,
        "id": event.id,
        "email": profile.email if profile else None,
        "createdAt": write_epoch(event.created_at),
        "dataFields": read_fields(event.fields, state.fields_of_event(event.name)),
        **event.extra,
    }


ROUTES = [
    Route("POST", "/api/events/track", track, Rate(2000, 1)),
    Route("POST", "/api/events/trackBulk", track_bulk, Rate(10, 1)),
    Route("GET", "/api/events/byUserId/{userId}", get_by_user_id, Rate(100, 1)),
    Route("GET", "/api/events/{email}", get_by_email, Rate(100, 1)),
]
WRITES: dict[str, Apply] = {"event": apply_event}
