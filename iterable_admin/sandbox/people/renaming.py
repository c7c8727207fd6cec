"""A new address for a person, in the projects that go by addresses."""

from __future__ import annotations

from iterable_admin.sandbox.answers import (
    STRING,
    Answer,
    Kinds,
    Refused,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
)
from iterable_admin.sandbox.people.identity import Person, clean_email, no_such_user, read_email
from iterable_admin.sandbox.state import Apply, State, Write

KINDS: Kinds = dict.fromkeys(("currentEmail", "currentUserId", "newEmail"), STRING)


def update_email(state: State, request: Request) -> Answer:
    """Of two current identifiers the email counts. A forgotten new address is answered like one in use."""
    body = request.json()
    expect(request, body, "obj", KINDS)
    if body.get("newEmail") is None:
        raise missing(request, "obj.newEmail")
    if state.project_type != "email":
        raise bad_params("updateEmail works in email-based projects only; use users/update with dataFields.email")
    current = read_current(body.get("currentEmail"), body.get("currentUserId"))
    new = read_email(body["newEmail"])
    profile, people = state.people.find(*current), state.people
    if profile is None:
        raise no_such_user(*current)
    if people.by_email.get(new, profile) is not profile or new in people.forgotten_emails:
        raise Refused(409, "EmailAlreadyExists", f"Email already exists: {new}")
    state.accept([{"op": "rename", "email": current.email, "userId": current.user_id, "newEmail": new}])
    return envelope()


def read_current(email: str | None, user_id: str | None) -> Person:
    """An address that could not exist is an unknown user here."""
    if not email and not user_id:
        raise bad_params("currentEmail or currentUserId is required")
    return Person(clean_email(email) or email, None) if email else Person(None, user_id)


def apply_rename(state: State, write: Write, at: float) -> None:
    """Asked again here: the new address may have been taken or forgotten meanwhile."""
    profile, people = state.people.find(write["email"], write["userId"]), state.people
    if profile is None or write["newEmail"] in people.by_email or write["newEmail"] in people.forgotten_emails:
        return
    people.set_email(profile, write["newEmail"], at)
    profile.updated_at = at


# No limit is stated.
ROUTES = [Route("POST", "/api/users/updateEmail", update_email)]
WRITES: dict[str, Apply] = {"rename": apply_rename}
