"""/api/lists: lists of people, and who is on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import entries, parsed, unexpected
from iterable_admin.iterable.errors import IterableError
from iterable_admin.iterable.identity import ProjectType
from iterable_admin.iterable.outcomes import BulkResult, Outcome
from iterable_admin.iterable.reads import UserList
from iterable_admin.iterable.writes import Person, ProfileUpdate
from iterable_admin.iterable.writes.given import given

MOST_PREVIEWED = 5000


class Lists(Group):
    def all(self) -> list[UserList]:
        return entries(self._get("/api/lists"), "lists", UserList.parse)

    def create(self, name: str, description: str | None = None) -> int:
        """A static one; its id. For a moment yet Iterable may not know it (`error.lists.invalidListId`)."""
        answer = self._post("/api/lists", given(name=name, description=description))
        return parsed(answer, "listId", lambda body: int(body["listId"]))

    def delete(self, list_id: int) -> Call:
        """Conflicted while a campaign or a journey uses it."""
        return self._delete("/api/lists/{id}", f"/api/lists/{int(list_id)}").call

    def size(self, list_id: int) -> int:
        answer = self._get("/api/lists/{id}/size", path=f"/api/lists/{int(list_id)}/size")
        try:
            return int(answer.text.strip())
        except ValueError:
            failure = unexpected(answer, "size")
        raise failure

    def users(self, list_id: int, *, prefer_user_id: bool = False) -> Iterator[str]:
        """An identifier each, as they come in: asked for when the first is taken, and possibly very slow.

        `prefer_user_id`: in hybrid projects, the userId of whoever has both.
        """
        return self._transport.stream("/api/lists/getUsers", query=_members(list_id, prefer_user_id))

    def preview(self, list_id: int, *, size: int = 1000, prefer_user_id: bool = False) -> Iterator[str]:
        """As `users`, some of them: at most 5000."""
        query = _members(list_id, prefer_user_id) | {"size": max(1, min(size, MOST_PREVIEWED))}
        return self._transport.stream("/api/lists/previewUsers", query=query)

    def subscribe(self, list_id: int, rows: Sequence[ProfileUpdate], *, update_existing_users_only: bool = False) -> BulkResult:
        """Creates whom Iterable does not have, unless told otherwise, which an email-based project would not heed."""
        endpoint = "/api/lists/subscribe"
        body: dict[str, Any] = {"listId": list_id, "subscribers": [row.as_json() for row in self._people(endpoint, rows)]}
        if update_existing_users_only:
            heeding = (ProjectType.HYBRID, ProjectType.USER_ID)
            self._only_in(heeding, "POST", endpoint, "update_existing_users_only is not heeded: strangers would be created")
            body["updateExistingUsersOnly"] = True
        answer = self._post(endpoint, body)
        return settle(rows, answer.json(), answer.call)

    def unsubscribe(
        self, list_id: int, people: Sequence[Person], *, campaign_id: int | None = None, channel_unsubscribe: bool = False
    ) -> BulkResult:
        """`channel_unsubscribe` takes them out of the list's channel as well: nearly everything they get.

        Somebody whom Iterable does not have is not on the list either: a no-op.
        """
        endpoint = "/api/lists/unsubscribe"
        subscribers = [person.as_json() for person in self._people(endpoint, people)]
        body = given(listId=list_id, subscribers=subscribers, campaignId=campaign_id)
        answer = self._post(endpoint, body | ({"channelUnsubscribe": True} if channel_unsubscribe else {}))
        return settle(people, answer.json(), answer.call, not_found=Outcome.NO_OP)


def is_unknown_list(error: IterableError) -> bool:
    """It stands in the text and not in the code; all rows of the call share the fault."""
    return "error.lists.invalidListId" in f"{error.code} {error}"


def _members(list_id: int, prefer_user_id: bool) -> dict[str, str | int]:
    return {"listId": list_id} | ({"preferUserId": "true"} if prefer_user_id else {})
