"""Who gets what: single subscriptions, and whole arrays."""

from __future__ import annotations

from urllib.parse import quote

from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group, quoted_email
from iterable_admin.iterable.writes import SubscriptionUpdate

BY_EMAIL = "/api/subscriptions/{group}/{id}/user/{email}"


class Subscriptions(Group):
    def update(self, update: SubscriptionUpdate) -> Call:
        return self._post("/api/users/updateSubscriptions", update.as_json()).call

    def subscribe(self, group: str, group_id: int, email: str) -> Call:
        """Adds one subscription and touches no other; NotThere where the family is not enabled.

        `group`: emailList, messageType or messageChannel.
        """
        return self._change("PATCH", group, group_id, email)

    def unsubscribe(self, group: str, group_id: int, email: str) -> Call:
        """Takes one subscription away and touches no other; creates the person if Iterable has none."""
        return self._change("DELETE", group, group_id, email)

    def _change(self, method: str, group: str, group_id: int, email: str) -> Call:
        path = f"/api/subscriptions/{quote(group, safe='')}/{group_id}/user/{quoted_email(email)}"
        return self._transport.send(method, BY_EMAIL, path=path).call
