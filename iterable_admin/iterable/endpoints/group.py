"""What the groups of endpoints share: the way to Iterable, and the project's type."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from iterable_admin.iterable import bulk
from iterable_admin.iterable.answers import Answer, at
from iterable_admin.iterable.calls import Clock
from iterable_admin.iterable.errors import Unsendable
from iterable_admin.iterable.identity import ProjectType, checked_user_id, identity, sent_email
from iterable_admin.iterable.transport import Query, Transport

Row = TypeVar("Row", bound=bulk.Row)


class Group:
    def __init__(self, transport: Transport, project_type: ProjectType) -> None:
        self._transport = transport
        self._project_type = project_type

    def _get(self, endpoint: str, *, path: str | None = None, query: Query | None = None) -> Answer:
        return self._transport.send("GET", endpoint, path=path, query=query)

    def _post(self, endpoint: str, body: Mapping[str, Any]) -> Answer:
        return self._transport.send("POST", endpoint, body=body)

    def _delete(self, endpoint: str, path: str) -> Answer:
        return self._transport.send("DELETE", endpoint, path=path)

    def _person(self, method: str, endpoint: str, email: str | None, user_id: str | None) -> dict[str, str]:
        """The one identifier, if the project's type knows it for one."""
        self._check_named(method, endpoint, email)
        return identity(email, user_id)

    def _people(self, endpoint: str, rows: Sequence[Row]) -> Sequence[Row]:
        """All of them, and at least one: Iterable answers an empty users/bulkUpdate with 400 "Emails invalid: "."""
        if not rows:
            raise ValueError("a bulk call needs at least one row")
        for index, row in enumerate(rows):
            self._check_named("POST", endpoint, row.email, f"row {index}: ")
        return rows

    def _check_named(self, method: str, endpoint: str, email: str | None, where: str = "") -> None:
        if email is not None and self._project_type is ProjectType.USER_ID:
            raise self._ruled_out(method, endpoint, f"{where}an email identifies nobody: name the person by user_id")

    def _only_in(self, types: Collection[ProjectType], method: str, endpoint: str, mend: str) -> None:
        if self._project_type not in types:
            raise self._ruled_out(method, endpoint, mend)

    def _ruled_out(self, method: str, endpoint: str, mend: str) -> Unsendable:
        call = Clock(method, endpoint).stop()
        kind = self._project_type.value
        return Unsendable(f"in a project of type {kind} (ITERABLE_PROJECT_TYPE), {mend} ({at(call)}, not sent)", call)


def quoted_email(email: str) -> str:
    """Slashes too: an address may hold them."""
    return quote(sent_email(email), safe="")


def quoted_user_id(user_id: str) -> str:
    return quote(checked_user_id(user_id), safe="")
