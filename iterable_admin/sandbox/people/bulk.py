"""Answers of the bulk endpoints: rows fail one by one, each named in the list of its reason."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from iterable_admin.sandbox.people.fieldtypes import Admission, Fields, keep_known
from iterable_admin.sandbox.people.identity import RowRefused

USER_FAILURES = (
    "conflictEmails",
    "conflictUserIds",
    "forgottenEmails",
    "forgottenUserIds",
    "invalidDataEmails",
    "invalidDataUserIds",
    "invalidEmails",
    "invalidUserIds",
    "notFoundEmails",
    "notFoundUserIds",
)
# Named as not found is only who was to be tracked, subscribed or unsubscribed; elsewhere an unknown userId is an invalid one.
UPDATE_FAILURES = tuple(name for name in USER_FAILURES if not name.startswith("notFound"))
EVENT_FAILURES = (
    "invalidEmails",
    "invalidUserIds",
    "notFoundEmails",
    "notFoundUserIds",
    "forgottenEmails",
    "forgottenUserIds",
)


def known_failure(failure: str, known: Container[str]) -> str:
    """An endpoint without a list for this reason calls the identifier invalid."""
    if failure in known:
        return failure
    return "invalidUserIds" if failure.endswith("UserIds") else "invalidEmails"


class Outcome:
    """Counts and failure lists of one bulk call, with the field names it made and dropped. `used`: lists that may be filled."""

    def __init__(self, failures: tuple[str, ...], used: tuple[str, ...] | None = None) -> None:
        self._used = used or failures
        self.success = 0
        self.failed = 0
        self.failures: dict[str, list[str]] = {name: [] for name in failures}
        self.filtered: dict[str, None] = {}
        self.admission = Admission()

    def fail(self, refused: RowRefused) -> None:
        self.failed += 1
        self.failures[known_failure(refused.failure, self._used)].append(refused.identifier)

    def take_fields(self, values: dict[str, Any], known: Fields, category: str, create: bool) -> dict[str, Any]:
        """The fields to store; unknown ones are dropped and named if the caller did not want them made."""
        if not create:
            values = keep_known(values, known, self.filtered)
        self.admission.look_at(values, known, category)
        return values

    def describe_users(self) -> dict[str, Any]:
        """With two lists that the published description lacks but the real one sends."""
        return {**self.describe(), "noOpEmails": [], "noOpUserIds": []}

    def describe(self) -> dict[str, Any]:
        return {
            "successCount": self.success,
            "failCount": self.failed,
            "createdFields": list(dict.fromkeys(self.admission.created)),
            "filteredOutFields": list(self.filtered),
            "failedUpdates": self.failures,
            # Deprecated duplicates, still sent.
            "invalidEmails": self.failures["invalidEmails"],
            "invalidUserIds": self.failures["invalidUserIds"],
        }
