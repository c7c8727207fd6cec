"""The right to be forgotten: who used it goes, and no write brings them back until they are unforgotten."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from iterable_admin.sandbox.answers import IDENTITY_KINDS, Answer, Rate, Request, Route, bad_params, envelope, expect
from iterable_admin.sandbox.people.deleting import apply_delete
from iterable_admin.sandbox.people.identity import Person, RowRefused, valid_email, valid_user_id
from iterable_admin.sandbox.state import Apply, State, Write

RATE = Rate(3, 1)
WRITE_RATES = (RATE, Rate(1000, 86_400))


def forget(state: State, request: Request) -> Answer:
    """Who is unknown is forgotten all the same."""
    return accept_for_named(state, request, "forget")


def unforget(state: State, request: Request) -> Answer:
    return accept_for_named(state, request, "unforget")


def accept_for_named(state: State, request: Request, operation: str) -> Answer:
    person = read_person(state, request)
    state.accept([{"op": operation, "email": person.email, "userId": person.user_id}])
    return envelope()


def read_person(state: State, request: Request) -> Person:
    """The one identifier that this type of project forgets by; a hybrid one takes either."""
    body = request.json()
    expect(request, body, "obj", IDENTITY_KINDS)
    email, user_id = body.get("email") or None, body.get("userId") or None
    if state.project_type == "userid" and not user_id:
        raise bad_params("This project forgets users by userId; userId is required")
    if state.project_type == "email" and not email:
        raise bad_params("This project forgets users by email; email is required")
    if not email and not user_id:
        raise bad_params("An email or a userId is required")
    try:
        if email and state.project_type != "userid":
            return Person(valid_email(email), None)
        return Person(None, valid_user_id(str(user_id)))
    except RowRefused as refused:
        raise refused.as_single() from None


def apply_forget(state: State, write: Write, at: float) -> None:
    apply_delete(state, write, at)
    for identifier, forgotten in places(state, write):
        forgotten[identifier] = None


def apply_unforget(state: State, write: Write, at: float) -> None:
    for identifier, forgotten in places(state, write):
        forgotten.pop(identifier, None)


def places(state: State, write: Write) -> list[tuple[str, dict[str, None]]]:
    people = state.people
    pairs = [(write["email"], people.forgotten_emails), (write["userId"], people.forgotten_user_ids)]
    return [(identifier, forgotten) for identifier, forgotten in pairs if identifier]


def read_emails(state: State, request: Request) -> Answer:
    if state.project_type == "userid":
        raise bad_params("This endpoint works in email-based and hybrid projects only")
    return Answer(200, {"hashedEmails": hashes(state.people.forgotten_emails)})


def read_user_ids(state: State, request: Request) -> Answer:
    if state.project_type == "email":
        raise bad_params("This endpoint works in userID-based and hybrid projects only")
    return Answer(200, {"hashedUserIds": hashes(state.people.forgotten_user_ids)})


def hashes(identifiers: Iterable[str]) -> list[str]:
    return [sha256(identifier.strip().lower().encode()).hexdigest() for identifier in identifiers]


ROUTES = [
    Route("POST", "/api/users/forget", forget, WRITE_RATES),
    Route("POST", "/api/users/unforget", unforget, WRITE_RATES),
    Route("GET", "/api/users/forgotten", read_emails, RATE),
    Route("GET", "/api/users/forgottenUserIds", read_user_ids, RATE),
]
WRITES: dict[str, Apply] = {"forget": apply_forget, "unforget": apply_unforget}
