"""What the groups of endpoints share: the way to Iterable, and the project's type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.identity import ProjectType, checked_user_id, sent_email
from iterable_admin.iterable.transport import Query, Transport

Row = TypeVar("Row")


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


def quoted_email(email: str) -> str:
    """Slashes too: an address may hold them."""
    return quote(sent_email(email), safe="")


def quoted_user_id(user_id: str) -> str:
    return quote(checked_user_id(user_id), safe="")


def some(rows: Sequence[Row]) -> Sequence[Row]:
    """Iterable answers an empty users/bulkUpdate with 400 "Emails invalid: "."""
    if not rows:
        raise ValueError("a bulk call needs at least one row")
    return rows
