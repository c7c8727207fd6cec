"""Reading profiles and the fields of the project."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import Answer, Rate, Refused, Request, Route, bad_params
from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.people.fieldtypes import list_fields, read_fields
from iterable_admin.sandbox.people.identity import read_email
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.state import State

STANDARD_FIELDS = {
    "email": "string",
    "userId": "string",
    "profileUpdatedAt": "date",
    "signupDate": "date",
    "signupSource": "string",
    "unsubscribedChannelIds": "long",
    "unsubscribedMessageTypeIds": "long",
    "subscribedMessageTypeIds": "long",
}
"""What every project has from its first day; the field of the lists depends on the project."""


def get_by_email(state: State, request: Request) -> Answer:
    """A stranger is 200 and an empty object."""
    email = read_email(request.params.get("email") or needed(request, "email"))
    profile = state.people.find(email, None)
    return Answer(200, {"user": describe(state, profile)} if profile else {})


def get_by_user_id(state: State, request: Request) -> Answer:
    user_id = request.params.get("userId") or needed(request, "userId")
    profile = state.people.find(None, user_id)
    if profile is None:
        raise Refused(400, "error.users.noUserWithIdExists", f"No user with userId {user_id} exists")
    return Answer(200, {"user": describe(state, profile)})


def find_asked_for(state: State, request: Request) -> Profile | None:
    """Whom the query names; of two identifiers the email counts."""
    email, user_id = request.query.get("email"), request.query.get("userId")
    if not email and not user_id:
        raise bad_params("An email or a userId is required")
    return state.people.find(read_email(email), None) if email else state.people.find(None, user_id)


def needed(request: Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise bad_params(f"Missing parameter: {name}")
    return value


def describe(state: State, profile: Profile) -> dict[str, Any]:
    managed: dict[str, Any] = {
        "profileUpdatedAt": write_epoch(profile.updated_at),
        "signupDate": write_epoch(profile.created_at),
        "signupSource": "API",
    }
    for name, values in (profile.arrays or {}).items():
        managed[name_of_lists(state) if name == "emailListIds" else name] = values
    fields = {**read_fields(profile.fields, state.user_fields), **profile.identity, **managed}
    return {**profile.identity, "dataFields": fields}


def name_of_lists(state: State) -> str:
    return "emailListIds" if state.project_type == "email" else "userListIds"


def get_fields(state: State, request: Request) -> Answer:
    return Answer(200, {"fields": {**STANDARD_FIELDS, name_of_lists(state): "long", **list_fields(state.user_fields)}})


READS = Rate(100, 1)
ROUTES = [
    Route("GET", "/api/users/getByEmail", get_by_email, READS),
    Route("GET", "/api/users/byUserId", get_by_user_id, READS),
    Route("GET", "/api/users/getFields", get_fields, Rate(3, 1)),
    Route("GET", "/api/users/byUserId/{userId}", get_by_user_id, READS),
    Route("GET", "/api/users/{email}", get_by_email, READS),
]
