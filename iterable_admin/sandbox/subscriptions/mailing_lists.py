"""The lists of a project. Who is on one stands on the profiles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iterable_admin.sandbox.project.catalog import MADE_AT

NEWSLETTER, TEAM_MEMBERS, ACTIVE_TRIALS, NEVER_MAIL = 1_284_301, 1_284_302, 1_284_303, 1_284_304


class MailingLists:
    def __init__(self) -> None:
        self.by_id: dict[int, dict[str, Any]] = {}
        """As GET lists gives them."""
        self._last_id = 0
        for seeded in SEEDED:
            self.add(dict(seeded))

    def suppress(self, ids: Iterable[int]) -> bool:
        """Whether one of these lists holds for every campaign and journey."""
        return any(self.by_id[number].get("isGlobalSuppressionEnabled") for number in ids if number in self.by_id)

    def add(self, made: dict[str, Any]) -> None:
        self.by_id[made["id"]] = made
        self.reserve(made["id"])

    def allot(self) -> int:
        """An id that no list has, nor any accepted but not yet visible."""
        self._last_id += 1
        return self._last_id

    def reserve(self, list_id: int) -> None:
        self._last_id = max(self._last_id, list_id)


def describe_list(list_id: int, name: str, description: str | None, created_at: int, kind: str = "Standard") -> dict[str, Any]:
    """`created_at` in milliseconds."""
    described = {"id": list_id, "name": name, "createdAt": created_at, "listType": kind}
    if description is not None:
        described["description"] = description
    if kind == "Suppression":
        described["isGlobalSuppressionEnabled"] = False
    return described


SEEDED = (
    describe_list(NEWSLETTER, "Newsletter subscribers", "Monthly product news", MADE_AT),
    describe_list(TEAM_MEMBERS, "GitLab team members", "Never mailed by campaigns", MADE_AT, "Suppression"),
    describe_list(ACTIVE_TRIALS, "Active trials", None, MADE_AT, "Dynamic"),
    # The only one that holds for every campaign and journey: in Iterable a switch on the list's own page.
    describe_list(NEVER_MAIL, "Never mail", "Complaints and legal", MADE_AT, "Suppression")
    | {"isGlobalSuppressionEnabled": True},
)
