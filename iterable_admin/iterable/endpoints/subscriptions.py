"""Who gets what: single subscriptions, and whole arrays of them.

The family /api/subscriptions changes one and touches no other; it is there once Iterable has enabled it for the project,
and NotThere before. The arrays are always there, and overwrite.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from iterable_admin.iterable.bulk import accepted, settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group, quoted_email, quoted_user_id
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.writes import Person, SubscriptionUpdate
from iterable_admin.iterable.writes.given import given

MANY = "/api/subscriptions/{group}/{id}"
BY_EMAIL = MANY + "/user/{email}"
BY_USER_ID = MANY + "/byUserId/{userId}"


class SubscriptionGroup(StrEnum):
    EMAIL_LIST = "emailList"
    MESSAGE_TYPE = "messageType"
    MESSAGE_CHANNEL = "messageChannel"


class Subscriptions(Group):
    def update(self, update: SubscriptionUpdate) -> Call:
        """Raises subscribe and unsubscribe events, and so webhooks; `users.bulk_update` of the same fields does not."""
        self._check_named("POST", "/api/users/updateSubscriptions", update.email)
        return self._post("/api/users/updateSubscriptions", update.as_json()).call

    def bulk_update(self, rows: Sequence[SubscriptionUpdate]) -> BulkResult:
        people = self._people("/api/users/bulkUpdateSubscriptions", rows)
        body = {"updateSubscriptionsRequests": [row.as_json() for row in people]}
        answer = self._post("/api/users/bulkUpdateSubscriptions", body)
        return settle(rows, answer.json(), answer.call)

    def subscribe(self, group: str, group_id: int, email: str | None = None, *, user_id: str | None = None) -> Call:
        """Adds one subscription. `group`: one of SubscriptionGroup."""
        return self._change("PATCH", group, group_id, email, user_id)

    def unsubscribe(self, group: str, group_id: int, email: str | None = None, *, user_id: str | None = None) -> Call:
        """Takes one subscription away; creates the person if Iterable has none."""
        return self._change("DELETE", group, group_id, email, user_id)

    def subscribe_all(self, group: str, group_id: int, people: Sequence[Person]) -> BulkResult:
        """Iterable tells nothing of single rows: all are accepted, or the call fails."""
        return self._change_all("subscribe", group, group_id, people)

    def unsubscribe_all(self, group: str, group_id: int, people: Sequence[Person]) -> BulkResult:
        """As `subscribe_all`."""
        return self._change_all("unsubscribe", group, group_id, people)

    def _change(self, method: str, group: str, group_id: int, email: str | None, user_id: str | None) -> Call:
        endpoint = BY_EMAIL if email is not None else BY_USER_ID
        self._person(method, endpoint, email, user_id)
        who = f"user/{quoted_email(email)}" if email is not None else f"byUserId/{quoted_user_id(user_id or '')}"
        return self._transport.send(method, endpoint, path=f"{_path(group, group_id)}/{who}").call

    def _change_all(self, action: str, group: str, group_id: int, people: Sequence[Person]) -> BulkResult:
        named = [person.as_json() for person in self._people(MANY, people)]
        body = given(
            users=[found["email"] for found in named if "email" in found] or None,
            usersByUserId=[found["userId"] for found in named if "userId" in found] or None,
        )
        path, query = _path(group, group_id), {"action": action}
        return accepted(people, self._transport.send("PUT", MANY, path=path, query=query, body=body).call)


def _path(group: str, group_id: int) -> str:
    known = {kind.lower(): kind for kind in SubscriptionGroup}
    if group.lower() not in known:
        raise ValueError(f"{group} is none of {', '.join(SubscriptionGroup)}")
    return f"/api/subscriptions/{known[group.lower()].value}/{int(group_id)}"
