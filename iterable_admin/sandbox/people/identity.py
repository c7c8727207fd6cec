"""Who a row means: emails and user ids, and what each type of project makes of them."""

from __future__ import annotations

import re
import uuid
from typing import Any, NamedTuple

from iterable_admin.sandbox.answers import Refused, bad_params
from iterable_admin.sandbox.people.top_levels import may_exist
from iterable_admin.sandbox.state import State

# The shape Apache Commons' EmailValidator takes, which Iterable uses; quoted local parts and numeric hosts are left out.
_SPECIAL = r'\s()<>@,;:\\".\[\]\x00-\x1f\x7f'
_HOST = r"(?=[^_]+$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+([^\W\d_]{2,63}|xn--[a-z0-9-]+)"
EMAIL = re.compile(rf"[^{_SPECIAL}]+(?:\.[^{_SPECIAL}]+)*@{_HOST}")
MOST_EMAIL = 64 + 1 + 253
BY_USER_ID = "This project identifies users by userId; userId is required"
USER_ID = re.compile(r"[\x20-\x7e]{0,51}[\x21-\x7e]")

SINGLE = {
    "invalidEmails": (400, "InvalidEmailAddressError", "Invalid email: "),
    "invalidUserIds": (400, "InvalidUserIdError", "Invalid userId: "),
    "notFoundEmails": (400, "UnknownEmailError", "User does not exist. Email: "),
    "notFoundUserIds": (400, "UnknownUserIdError", "User does not exist. UserId: "),
    "conflictEmails": (409, "EmailAlreadyExists", "Email belongs to another user: "),
    "conflictUserIds": (409, "UserIdAlreadyExists", "UserId belongs to another user: "),
    "forgottenEmails": (409, "ForgottenUserError", "User has been forgotten. Email: "),
    "forgottenUserIds": (409, "ForgottenUserError", "User has been forgotten. UserId: "),
}
"""How an endpoint for one user answers what a bulk one names in this list: status, code, text before the identifier."""


class Person(NamedTuple):
    email: str | None
    user_id: str | None


class RowRefused(Exception):
    """One row fails: named in this failure list of a bulk answer, or refused alone by a single endpoint."""

    def __init__(self, failure: str, identifier: str, single: Refused | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.identifier = identifier
        self._single = single

    def as_single(self) -> Refused:
        if self._single:
            return self._single
        status, code, msg = SINGLE[self.failure]
        return Refused(status, code, msg + self.identifier)


def clean_email(text: str) -> str | None:
    """Stored form of an address, None if Iterable would call it malformed."""
    if len(text) > MOST_EMAIL:
        return None
    email = text.lower()
    match = EMAIL.fullmatch(email)
    if match is None or not may_exist(match[1]) or email.index("@") > 64:
        return None
    return email


def identify(state: State, row: dict[str, Any]) -> Person:
    """The person a row names; raises RowRefused. Known or not is not asked here, but for conflicts."""
    email, user_id = row.get("email"), row.get("userId")
    if state.project_type == "email":
        user_id = None if email else user_id
    elif state.project_type == "userid" and not user_id:
        raise RowRefused("invalidEmails" if email else "invalidUserIds", str(email or "").lower(), bad_params(BY_USER_ID))
    elif state.project_type == "userid":
        email = None
    if not email and not user_id:
        raise RowRefused("invalidEmails", "", bad_params("An email or a userId is required"))
    person = Person(valid_email(email) if email else None, valid_user_id(user_id) if user_id else None)
    people = state.people
    if people.forgotten_emails or people.forgotten_user_ids:
        refuse_forgotten(state, *person)
    if email and user_id and (failure := people.conflict(*person)):
        raise RowRefused(failure, str(person.email if failure == "conflictEmails" else person.user_id))
    return person


def identify_for_upsert(state: State, row: dict[str, Any]) -> Person:
    """As identify; in an email-based project an unknown userId alone makes no user unless preferUserId invents an email."""
    person = identify(state, row)
    if person.email or state.project_type != "email" or state.people.find(None, person.user_id):
        return person
    if row.get("preferUserId") is not True:
        raise RowRefused("notFoundUserIds", str(person.user_id))
    # The same for the same id, so that two rows of one call make one user.
    return Person(f"{uuid.uuid5(uuid.NAMESPACE_OID, str(person.user_id)).hex}@placeholder.email", person.user_id)


def refuse_forgotten(state: State, email: str | None, user_id: str | None) -> None:
    if email in state.people.forgotten_emails:
        raise RowRefused("forgottenEmails", str(email))
    if user_id in state.people.forgotten_user_ids:
        raise RowRefused("forgottenUserIds", str(user_id))


def not_found(person: Person) -> RowRefused:
    return RowRefused("notFoundEmails" if person.email else "notFoundUserIds", str(person.email or person.user_id))


def no_such_user(email: str | None, user_id: str | None) -> Refused:
    return bad_params(f"User does not exist. Email: {email or ''} UserId: {user_id or ''}")


def read_email(text: str) -> str:
    email = clean_email(text)
    if email is None:
        raise RowRefused("invalidEmails", text).as_single()
    return email


def valid_email(email: str) -> str:
    """Answers name addresses in lower case, the malformed ones too."""
    clean = clean_email(email)
    if clean is None:
        raise RowRefused("invalidEmails", email.lower())
    return clean


def valid_user_id(user_id: str) -> str:
    if not USER_ID.fullmatch(user_id):
        raise RowRefused("invalidUserIds", user_id)
    return user_id
