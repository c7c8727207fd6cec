"""Custom events: track and trackBulk."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    BOOLEAN,
    IDENTITY_KINDS,
    INTEGER,
    OBJECT,
    STRING,
    Answer,
    Kinds,
    Rate,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
    rows_of,
)
from iterable_admin.sandbox.dates import to_seconds
from iterable_admin.sandbox.people.bulk import EVENT_FAILURES, Outcome
from iterable_admin.sandbox.people.identity import Person, RowRefused, identify, not_found
from iterable_admin.sandbox.people.profiles import Event
from iterable_admin.sandbox.state import Apply, State, Write

MOST_ID_BYTES = 512
LAST_SECOND = 253_402_300_799
"""Of the year 9999."""
KINDS: Kinds = {
    **IDENTITY_KINDS,
    "dataFields": OBJECT,
    "createNewFields": BOOLEAN,
    "createdAt": INTEGER,
    "id": STRING,
    "eventName": STRING,
    "campaignId": INTEGER,
    "templateId": INTEGER,
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
        raise missing(request, f"{path}.eventName")
    # A help page allows letters, digits and hyphens alone; the API description, which clients go by, only limits the length.
    if len((row.get("id") or "").encode()) > MOST_ID_BYTES:
        raise bad_params(f"{path}.id: at most {MOST_ID_BYTES} bytes")
    if not 0 <= to_seconds(row.get("createdAt") or 0) <= LAST_SECOND:
        raise bad_params(f"{path}.createdAt: a unix timestamp expected")


def receives_events(state: State, person: Person) -> bool:
    """A stranger is made by tracking only by userId, and never in an email-based project. Asked of what is visible now."""
    known = state.people.find(*person) is not None
    return known or (state.project_type != "email" and person.user_id is not None)


def plan_event(state: State, row: dict[str, Any], person: Person, outcome: Outcome) -> Write:
    name, create = row["eventName"], state.faults.takes_new_fields(row.get("createNewFields"))
    fields = outcome.take_fields(row.get("dataFields") or {}, state.fields_of_event(name), name, create)
    created_at = row.get("createdAt")
    return {
        "op": "event",
        "email": person.email,
        "userId": person.user_id,
        "id": row.get("id") or state.ids.short(),
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


ROUTES = [
    Route("POST", "/api/events/track", track, Rate(2000, 1)),
    Route("POST", "/api/events/trackBulk", track_bulk, Rate(10, 1)),
]
WRITES: dict[str, Apply] = {"event": apply_event}
