"""Who a row means: emails and user ids, and what each type of project makes of them."""

from __future__ import annotations

import re
import uuid
from typing import Any, NamedTuple

from iterable_admin.sandbox.answers import Refused, bad_params
from iterable_admin.sandbox.state import State

# The shape Apache Commons' EmailValidator takes, which Iterable uses; quoted local parts are left out.
_SPECIAL = r'\s()<>@,;:\\".\[\]\x00-\x1f\x7f'
EMAIL = re.compile(rf"[^{_SPECIAL}]+(?:\.[^{_SPECIAL}]+)*@(?:[^\W_](?:[\w-]*[^\W_])?\.)+([^\W\d_]{{2,63}}|xn--[a-z0-9-]+)")
# Top-level domains that no registry will ever hold; the real service checks the whole list.
NO_TOP_LEVEL = frozenset(
    ("test", "local", "localhost", "invalid", "example", "internal", "lan", "home", "corp", "localdomain", "intranet")
)
USER_ID = re.compile(r"[\x20-\x7e]{0,51}[\x21-\x7e]")

STATUS_OF_FAILURE = {
    "invalidEmails": (400, "InvalidEmailAddressError", "Invalid email: "),
    "invalidUserIds": (400, "InvalidUserIdError", "Invalid userId: "),
    "notFoundEmails": (400, "UnknownEmailError", "User does not exist. Email: "),
    "notFoundUserIds": (400, "UnknownUserIdError", "User does not exist. UserId: "),
    "conflictEmails": (409, "ExternalKeyConflict", "Email and userId belong to different users: "),
}


class Person(NamedTuple):
    email: str | None
    user_id: str | None


class RowRefused(Exception):
    """One row fails: named in this failure list of a bulk answer, or refused alone by a single endpoint."""

    def __init__(self, failure: str, identifier: str) -> None:
        super().__init__(failure)
        self.failure = failure
        self.identifier = identifier

    def as_single(self) -> Refused:
        status, code, msg = STATUS_OF_FAILURE[self.failure]
        return Refused(status, code, msg + self.identifier)


def clean_email(text: str) -> str | None:
    """Stored form of an address, None if Iterable would call it malformed."""
    email = text.lower()
    match = EMAIL.fullmatch(email)
    if match is None or match[1] in NO_TOP_LEVEL or email.index("@") > 64:
        return None
    return email


def identify(state: State, row: dict[str, Any]) -> Person:
    """The person a row names; raises RowRefused. Known or not is not asked here, but for conflicts."""
    email, user_id = row.get("email"), row.get("userId")
    if state.project_type == "email":
        user_id = user_id if not email else None
    elif state.project_type == "userid":
        email = None
    if not email and not user_id:
        raise bad_params("An email or a userId that this type of project identifies users by is required")
    person = Person(_valid_email(email), _valid_user_id(user_id))
    if state.people.conflict(person.email, person.user_id):
        raise RowRefused("conflictEmails", str(email))
    return person


def identify_for_upsert(state: State, row: dict[str, Any]) -> Person:
    """As identify; in an email-based project an unknown userId alone makes no user unless preferUserId invents an email."""
    person = identify(state, row)
    if person.email or state.project_type != "email" or state.people.find(None, person.user_id):
        return person
    if row.get("preferUserId") is not True:
        raise RowRefused("notFoundUserIds", str(person.user_id))
    return Person(f"{uuid.uuid4().hex}@placeholder.email", person.user_id)


def read_email(text: str) -> str:
    email = clean_email(text)
    if email is None:
        raise RowRefused("invalidEmails", text).as_single()
    return email


def _valid_email(email: Any) -> str | None:
    if not email:
        return None
    clean = clean_email(email) if isinstance(email, str) else None
    if clean is None:
        raise RowRefused("invalidEmails", str(email))
    return clean


def _valid_user_id(user_id: Any) -> str | None:
    if not user_id:
        return None
    if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
        raise RowRefused("invalidUserIds", str(user_id))
    return user_id
