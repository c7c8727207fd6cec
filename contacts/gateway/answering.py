"""Bulk answers in Iterable's shape: what was taken counts as done, because Iterable itself only says what it accepted."""

from __future__ import annotations

from typing import Any

from contacts.gateway.rows import Read

OF_EVENTS = (
    *("invalidEmails", "invalidUserIds", "notFoundEmails", "notFoundUserIds"),
    *("forgottenEmails", "forgottenUserIds"),
)
OF_USERS = (
    *("conflictEmails", "conflictUserIds", "forgottenEmails", "forgottenUserIds", "invalidDataEmails", "invalidDataUserIds"),
    *("invalidEmails", "invalidUserIds", "notFoundEmails", "notFoundUserIds"),
)
OF_SUBSCRIPTIONS = ("invalidEmails", "invalidUserIds", "validEmailFailures", "validUserIdFailures")


def described(read: Read, *, events: bool = False) -> dict[str, Any]:
    failures = {name: read.failures.get(name, []) for name in (OF_EVENTS if events else OF_USERS)}
    return {
        **_counts(read),
        "createdFields": [],
        "filteredOutFields": [],
        "failedUpdates": failures,
        # Deprecated duplicates, still sent.
        "invalidEmails": failures["invalidEmails"],
        "invalidUserIds": failures["invalidUserIds"],
        **({"disallowedEventNames": []} if events else {"noOpEmails": [], "noOpUserIds": []}),
    }


def described_subscriptions(read: Read) -> dict[str, Any]:
    """Named under "valid": rows that were understood and yet are not carried out."""
    refused = [row for row in read.rows if row.errors]
    counts = _counts(read)
    return {
        "successCount": counts["successCount"] - len(refused),
        "failCount": counts["failCount"] + len(refused),
        "invalidEmails": read.failures.get("invalidEmails", []),
        "invalidUserIds": read.failures.get("invalidUserIds", []),
        "validEmailFailures": [row.email for row in refused if row.told.get("email")],
        "validUserIdFailures": [row.user_id for row in refused if not row.told.get("email")],
    }


def _counts(read: Read) -> dict[str, int]:
    return {"successCount": len(read.rows), "failCount": sum(map(len, read.failures.values()))}
