"""/api/users: profiles. Subscriptions, which live under the same path, are a group of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group, some
from iterable_admin.iterable.endpoints.whole_lists import unexpected
from iterable_admin.iterable.envelope import is_html
from iterable_admin.iterable.errors import NotThere, Refused
from iterable_admin.iterable.identity import identity
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.reads import User
from iterable_admin.iterable.writes import ProfileUpdate

UNKNOWN_PERSON_CODES = {"UnknownEmailError", "UnknownUserIdError", "error.users.noUserWithIdExists"}


class Users(Group):
    def update(self, profile: ProfileUpdate) -> Call:
        return self._post("/api/users/update", profile.as_json()).call

    def bulk_update(self, rows: Sequence[ProfileUpdate], *, update_only: bool = False) -> BulkResult:
        """`update_only` creates nobody; it is undocumented and works only where Iterable has switched it on."""
        body: dict[str, Any] = {"users": [row.as_json() for row in some(rows)]}
        if update_only:
            body["updateOnly"] = True
        answer = self._post("/api/users/bulkUpdate", body)
        return settle(rows, answer.json(), answer.call)

    def by_email(self, email: str) -> tuple[User | None, Call]:
        """None if Iterable has no such person, which it says in several ways."""
        try:
            answer = self._get("/api/users/getByEmail", query=identity(email, None))
        except (NotThere, Refused) as error:
            if _says_unknown_person(error):
                return None, error.call
            raise
        return _user_in(answer), answer.call

    def fields(self) -> dict[str, str]:
        """The type of each profile field by its name, nested names dotted."""
        answer = self._get("/api/users/getFields")
        found = answer.json().get("fields")
        if not isinstance(found, dict):
            raise unexpected(answer, "fields")
        return {str(name): str(kind) for name, kind in found.items()}


def _says_unknown_person(error: NotThere | Refused) -> bool:
    # An HTML page behind a 404 comes from another server: taken for an answer, it would make everybody absent.
    return error.code in UNKNOWN_PERSON_CODES or (isinstance(error, NotThere) and not is_html(error.call.excerpt))


def _user_in(answer: Answer) -> User | None:
    body = answer.json()
    if isinstance(body.get("user"), dict) and body["user"]:
        return User.parse(body["user"])
    if body.get("code", "") in {"", *UNKNOWN_PERSON_CODES}:
        return None
    raise unexpected(answer, "user")
