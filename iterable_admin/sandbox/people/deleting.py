"""Deleting people. They may come back with the next write."""

from __future__ import annotations

from iterable_admin.sandbox.answers import Answer, Rate, Request, Route, bad_params, envelope
from iterable_admin.sandbox.people.identity import BY_USER_ID, no_such_user, read_email
from iterable_admin.sandbox.state import Apply, State, Write

DELETES = Rate(100, 1)


def delete_by_email(state: State, request: Request) -> Answer:
    if state.project_type == "userid":
        raise bad_params(BY_USER_ID)
    email = read_email(request.params["email"])
    if state.people.find(email, None) is None:
        raise no_such_user(email, None)
    state.accept([{"op": "delete", "email": email, "userId": None}])
    return envelope()


def delete_by_user_id(state: State, request: Request) -> Answer:
    user_id = request.params["userId"]
    if state.people.find(None, user_id) is None:
        raise no_such_user(None, user_id)
    state.accept([{"op": "delete", "email": None, "userId": user_id}])
    return envelope()


def apply_delete(state: State, write: Write, at: float) -> None:
    """By user id, everybody who shares it goes."""
    while profile := state.people.find(write["email"], write["userId"]):
        state.people.remove(profile, at)


ROUTES = [
    Route("DELETE", "/api/users/byUserId/{userId}", delete_by_user_id, DELETES),
    Route("DELETE", "/api/users/{email}", delete_by_email, DELETES),
]
WRITES: dict[str, Apply] = {"delete": apply_delete}
