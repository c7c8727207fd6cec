"""/api/users: profiles. Subscriptions, which live under the same path, are a group of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iterable_admin.iterable.bulk import settle
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.finding import found_or_none
from iterable_admin.iterable.endpoints.forgetting import WITH_EMAILS, Forgetting
from iterable_admin.iterable.endpoints.group import quoted_email, quoted_user_id
from iterable_admin.iterable.endpoints.whole_lists import entries, unexpected
from iterable_admin.iterable.identity import ProjectType, identity, sent_email
from iterable_admin.iterable.moments import sent_time
from iterable_admin.iterable.outcomes import BulkResult
from iterable_admin.iterable.reads import SentMessage, User
from iterable_admin.iterable.writes import ArrayMerge, Person, ProfileUpdate
from iterable_admin.iterable.writes.given import given

MOST_MESSAGES_READ = 1000


class Users(Forgetting):
    def update(self, profile: ProfileUpdate, *, create_new_fields: bool | None = None) -> Call:
        """Creates or merges; `create_new_fields` None leaves it to the project's setting."""
        self._check_named("POST", "/api/users/update", profile.email)
        return self._post("/api/users/update", profile.as_json() | given(createNewFields=create_new_fields)).call

    def bulk_update(
        self, rows: Sequence[ProfileUpdate], *, create_new_fields: bool | None = None, update_only: bool = False
    ) -> BulkResult:
        """`update_only` creates nobody; it is undocumented and works only where Iterable has switched it on."""
        people = self._people("/api/users/bulkUpdate", rows)
        body: dict[str, Any] = {"users": [row.as_json() for row in people]} | given(createNewFields=create_new_fields)
        answer = self._post("/api/users/bulkUpdate", body | ({"updateOnly": True} if update_only else {}))
        return settle(rows, answer.json(), answer.call)

    def by_email(self, email: str, *, in_path: bool = False) -> tuple[User | None, Call]:
        """None if Iterable has no such person, which it says in several ways.

        `in_path` takes the endpoint's other form; a slash in the address may break it on the way.
        """
        query = self._person("GET", "/api/users/getByEmail", email, None)
        if in_path:
            return found_or_none(lambda: self._get("/api/users/{email}", path=f"/api/users/{quoted_email(email)}"))
        return found_or_none(lambda: self._get("/api/users/getByEmail", query=query))

    def by_user_id(self, user_id: str, *, in_path: bool = False) -> tuple[User | None, Call]:
        """As `by_email`. In an email-based project several people may share the userId: Iterable gives one."""
        query, path = identity(None, user_id), f"/api/users/byUserId/{quoted_user_id(user_id)}"
        if in_path:
            return found_or_none(lambda: self._get("/api/users/byUserId/{userId}", path=path))
        return found_or_none(lambda: self._get("/api/users/byUserId", query=query))

    def delete_by_email(self, email: str) -> Call:
        """Takes effect later, and keeps nobody from being created again. Refused for a stranger."""
        endpoint = "/api/users/{email}"
        self._only_in(WITH_EMAILS, "DELETE", endpoint, "an email identifies nobody: delete by user_id")
        return self._delete(endpoint, f"/api/users/{quoted_email(email)}").call

    def delete_by_user_id(self, user_id: str) -> Call:
        """In an email-based project everybody who shares the userId goes."""
        return self._delete("/api/users/byUserId/{userId}", f"/api/users/byUserId/{quoted_user_id(user_id)}").call

    def change_email(self, new_email: str, *, email: str | None = None, user_id: str | None = None) -> Call:
        """Gives one person another address; refused if somebody has it, or was forgotten under it.

        Only email-based projects have an endpoint for it; elsewhere the address is a field like others.
        """
        if self._project_type is not ProjectType.EMAIL:
            return self.update(ProfileUpdate({"email": sent_email(new_email)}, email=email, user_id=user_id))
        named = identity(email, user_id)
        body = given(currentEmail=named.get("email"), currentUserId=named.get("userId"), newEmail=sent_email(new_email))
        return self._post("/api/users/updateEmail", body).call

    def merge(self, source: Person, destination: Person, *, array_merge: Sequence[ArrayMerge] = ()) -> Call:
        """The source goes; where there is no destination, the source becomes it. Needs a key of the standard type."""
        endpoint = "/api/users/merge"
        gone = self._person("POST", endpoint, source.email, source.user_id)
        stays = self._person("POST", endpoint, destination.email, destination.user_id)
        body = given(
            sourceEmail=gone.get("email"),
            sourceUserId=gone.get("userId"),
            destinationEmail=stays.get("email"),
            destinationUserId=stays.get("userId"),
            arrayMerge=[found.as_json() for found in array_merge] or None,
        )
        return self._post(endpoint, body).call

    def fields(self) -> dict[str, str]:
        """The type of each profile field by its name, nested names dotted."""
        answer = self._get("/api/users/getFields")
        found = answer.json().get("fields")
        if not isinstance(found, dict):
            raise unexpected(answer, "fields")
        return {str(name): str(kind) for name, kind in found.items()}

    def sent_messages(
        self,
        *,
        email: str | None = None,
        user_id: str | None = None,
        limit: int = 10,
        campaign_ids: Sequence[int] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        exclude_blast_campaigns: bool = False,
        message_medium: str | None = None,
    ) -> list[SentMessage]:
        """At most 1000. `message_medium`: Email, Push, InApp or SMS."""
        endpoint = "/api/users/getSentMessages"
        query = self._person("GET", endpoint, email, user_id) | given(
            limit=max(1, min(limit, MOST_MESSAGES_READ)),
            campaignIds=list(campaign_ids) or None,
            startDateTime=sent_time(start) if start else None,
            endDateTime=sent_time(end) if end else None,
            excludeBlastCampaigns="true" if exclude_blast_campaigns else None,
            messageMedium=message_medium,
        )
        return entries(self._get(endpoint, query=query), "messages", SentMessage.parse)
