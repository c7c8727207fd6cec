"""Erasure under GDPR: by the identifier that makes people unique in the project, and told by hashes alone."""

from __future__ import annotations

from typing import Any

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.calls import Call
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import parsed
from iterable_admin.iterable.identity import ProjectType
from iterable_admin.iterable.writes import Person

WITH_EMAILS = (ProjectType.EMAIL, ProjectType.HYBRID)
WITH_USER_IDS = (ProjectType.USER_ID, ProjectType.HYBRID)


class Forgetting(Group):
    def forget(self, person: Person) -> Call:
        """Deletes what Iterable holds, within ten minutes, and refuses writes for this person from then on."""
        return self._by_type("/api/users/forget", person)

    def unforget(self, person: Person) -> Call:
        """Lets the person be written again; what was deleted stays so."""
        return self._by_type("/api/users/unforget", person)

    def forgotten(self) -> list[str]:
        """SHA-256 of each forgotten email, trimmed and lower-cased, as hexadecimal digits."""
        endpoint = "/api/users/forgotten"
        self._only_in(WITH_EMAILS, "GET", endpoint, "people are forgotten by userId: ask for forgotten_user_ids")
        return _hashes(self._get(endpoint), "hashedEmails")

    def forgotten_user_ids(self) -> list[str]:
        """SHA-256 of each forgotten userId, which Iterable lower-cases for this too."""
        endpoint = "/api/users/forgottenUserIds"
        self._only_in(WITH_USER_IDS, "GET", endpoint, "people are forgotten by email: ask for forgotten")
        return _hashes(self._get(endpoint), "hashedUserIds")

    def _by_type(self, endpoint: str, person: Person) -> Call:
        body = self._person("POST", endpoint, person.email, person.user_id)
        if person.user_id is not None:
            self._only_in(WITH_USER_IDS, "POST", endpoint, "people are forgotten by email: a userId may be shared")
        return self._post(endpoint, body).call


def _hashes(answer: Answer, key: str) -> list[str]:
    def parse(body: dict[str, Any]) -> list[str]:
        return [found.lower() for found in body[key]]

    return parsed(answer, key, parse)
