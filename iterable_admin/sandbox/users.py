"""Profiles: users/update, bulkUpdate, look-ups, deletion."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Answer, Rate, Refused, Request, Route, bad_params, envelope, expect, rows_of
from iterable_admin.sandbox.bulk import USER_FAILURES, Outcome
from iterable_admin.sandbox.clock import write_epoch
from iterable_admin.sandbox.fieldtypes import list_fields, read_fields
from iterable_admin.sandbox.identity import Person, RowRefused, clean_email, identify_for_upsert, read_email
from iterable_admin.sandbox.people import ARRAYS, Profile
from iterable_admin.sandbox.state import Apply, State, Write

# Kept by Iterable itself. Subscription arrays sent as fields do nothing in a project with opt-in message types.
MANAGED = frozenset(
    {
        "emailListIds",
        "userListIds",
        "itblInternal",
        "itblDS",
        "itblUserId",
        "profileUpdatedAt",
        "receivedSMSDisclaimer",
        "signupDate",
        "signupSource",
        "subscribedMessageTypeIds",
        "unsubscribedChannelIds",
        "unsubscribedMessageTypeIds",
        "devices",
    }
)
IDENTITY = frozenset({"email", "userId"})
KINDS: dict[str, tuple[type, str]] = {
    "dataFields": (dict, "Object"),
    "mergeNestedObjects": (bool, "Boolean"),
    "preferUserId": (bool, "Boolean"),
    "createNewFields": (bool, "Boolean"),
}


def update(state: State, request: Request) -> Answer:
    row = request.json()
    expect(request, row, "obj", KINDS)
    outcome = Outcome(USER_FAILURES)
    try:
        write = plan_profile(state, row, outcome, row.get("createNewFields") is not False, False)
    except RowRefused as refused:
        raise refused.as_single() from None
    outcome.admission.settle()
    state.accept([write])
    return envelope()


def bulk_update(state: State, request: Request) -> Answer:
    body = request.json()
    rows = rows_of(request, body, "users")
    if not rows:
        raise bad_params("Emails invalid: ")
    create, update_only = body.get("createNewFields") is not False, body.get("updateOnly") is True
    outcome, writes = Outcome(USER_FAILURES), []
    for index, row in enumerate(rows):
        expect(request, row, f"obj.users[{index}]", KINDS)
        try:
            writes.append(plan_profile(state, row, outcome, create, update_only))
        except RowRefused as refused:
            outcome.fail(refused)
    outcome.admission.settle()
    state.accept(writes)
    outcome.success = len(writes)
    return Answer(200, outcome.describe())


def plan_profile(state: State, row: dict[str, Any], outcome: Outcome, create: bool, update_only: bool) -> Write:
    person = identify_for_upsert(state, row)
    if update_only and state.people.find(*person) is None:
        raise not_found(person)
    fields = row.get("dataFields") or {}
    write: Write = {"op": "profile", "email": person.email, "userId": person.user_id, "fields": fields}
    if state.project_type == "email" and person.email and row.get("userId"):
        write["newUserId"] = str(row["userId"])
    if not IDENTITY.isdisjoint(fields):
        fields = take_identity(state, write, fields, row)
    if not MANAGED.isdisjoint(fields):
        fields = {name: value for name, value in fields.items() if name not in MANAGED}
    write["fields"] = outcome.take_fields(fields, state.user_fields, "user", create)
    write["merge"] = row.get("mergeNestedObjects") is True
    return write


def take_identity(state: State, write: Write, fields: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Outside email-based projects dataFields.email changes the address; in them dataFields.userId sets the id."""
    wanted = "userId" if state.project_type == "email" else "email"
    value = fields.get(wanted)
    if wanted == "email" and value is not None and (value := clean_email(str(value))) is None:
        raise RowRefused("invalidEmails", str(fields["email"]))
    if value is not None:
        write["newUserId" if wanted == "userId" else "newEmail"] = str(value)
    return {name: value for name, value in fields.items() if name not in IDENTITY}


def not_found(person: Person) -> RowRefused:
    return RowRefused("notFoundEmails" if person.email else "notFoundUserIds", str(person.email or person.user_id))


def apply_profile(state: State, write: Write, at: float) -> None:
    profile, created = state.people.obtain(write["email"], write["userId"], at)
    merge_fields(profile.fields, write["fields"], write["merge"])
    profile.updated_at = at
    if created:
        state.people.record(profile, "created", at)
    if new_email := write.get("newEmail"):
        state.people.set_email(profile, new_email, at)
    if new_id := write.get("newUserId"):
        state.people.set_user_id(profile, new_id)


def merge_fields(stored: dict[str, Any], fields: dict[str, Any], nested: bool) -> None:
    """Top level always; nested objects one level, on request, never arrays. A null deletes its field."""
    for name, value in fields.items() if nested else ():
        if isinstance(value, dict) and isinstance(stored.get(name), dict):
            fields = {**fields, name: {k: v for k, v in {**stored[name], **value}.items() if v is not None}}
    stored.update(fields)
    if None in fields.values():
        for name in [name for name, value in fields.items() if value is None]:
            del stored[name]


def get_by_email(state: State, request: Request) -> Answer:
    if "email" not in request.params and "email" not in request.query:
        raise bad_params("Missing parameter: email")
    email = read_email(request.params.get("email", request.query.get("email", "")))
    profile = state.people.find(email, None)
    return Answer(200, {"user": describe(state, profile)} if profile else {})


def get_by_user_id(state: State, request: Request) -> Answer:
    user_id = request.params.get("userId", request.query.get("userId", ""))
    profile = state.people.find(None, user_id)
    if profile is None:
        raise Refused(400, "error.users.noUserWithIdExists", f"No user with userId {user_id} exists")
    return Answer(200, {"user": describe(state, profile)})


def describe(state: State, profile: Profile) -> dict[str, Any]:
    identity = {"email": profile.email, "userId": profile.user_id}
    identity = {name: value for name, value in identity.items() if value is not None}
    managed = {
        "profileUpdatedAt": write_epoch(profile.updated_at),
        "signupDate": write_epoch(profile.created_at),
        "signupSource": "API",
    }
    for name in ARRAYS if profile.arrays is not None else ():
        wire = "userListIds" if name == "emailListIds" and state.project_type != "email" else name
        managed[wire] = profile.arrays[name]  # type: ignore[index, assignment]
    return {**identity, "dataFields": {**read_fields(profile.fields, state.user_fields), **identity, **managed}}


def delete_by_email(state: State, request: Request) -> Answer:
    email = read_email(request.params["email"])
    if state.people.find(email, None) is None:
        raise bad_params(f"User does not exist. Email: {email} UserId: ")
    state.accept([{"op": "delete", "email": email, "userId": None}])
    return envelope()


def delete_by_user_id(state: State, request: Request) -> Answer:
    user_id = request.params["userId"]
    if state.people.find(None, user_id) is None:
        raise bad_params(f"User does not exist. Email:  UserId: {user_id}")
    state.accept([{"op": "delete", "email": None, "userId": user_id}])
    return envelope()


def apply_delete(state: State, write: Write, at: float) -> None:
    """By user id, everybody who shares it goes."""
    while profile := state.people.find(write["email"], write["userId"]):
        state.people.remove(profile, at)


def get_fields(state: State, request: Request) -> Answer:
    return Answer(200, {"fields": list_fields(state.user_fields)})


READS = Rate(100, 1)
ROUTES = [
    Route("POST", "/api/users/update", update, Rate(500, 1)),
    Route("POST", "/api/users/bulkUpdate", bulk_update, Rate(5, 1)),
    Route("GET", "/api/users/getByEmail", get_by_email, READS),
    Route("GET", "/api/users/byUserId", get_by_user_id, READS),
    Route("GET", "/api/users/getFields", get_fields, Rate(3, 1)),
    Route("GET", "/api/users/byUserId/{userId}", get_by_user_id, READS),
    Route("GET", "/api/users/{email}", get_by_email, READS),
    Route("DELETE", "/api/users/byUserId/{userId}", delete_by_user_id, READS),
    Route("DELETE", "/api/users/{email}", delete_by_email, READS),
]
WRITES: dict[str, Apply] = {"profile": apply_profile, "delete": apply_delete}
