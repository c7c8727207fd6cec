"""The log of calls: what was asked when, about whom, and how it was answered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any

from iterable_admin.sandbox.answers import Request
from iterable_admin.sandbox.dates import iso

MAX_CALLS = 20_000
MAX_EMAILS = 1_000_000
"""Of all calls together: bulk calls name a thousand people each."""
SHORT = 500
EMAILS = ("email", "currentEmail", "newEmail", "sourceEmail", "destinationEmail", "recipientEmail")


@dataclass(slots=True)
class Call:
    at: float
    seconds: float
    method: str
    path: str
    status: int
    applied: bool
    request_id: str
    emails: list[str]
    body: str
    fault: str = ""
    """The switch that struck it; "appointment" or "chance" where it was that."""

    def describe(self, max_emails: int = 1000) -> dict[str, Any]:
        return {
            "at": self.at,
            "time": iso(self.at),
            "seconds": round(self.seconds, 6),
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "applied": self.applied,
            "requestId": self.request_id,
            "emails": self.emails[:max_emails],
            "body": self.body,
            "fault": self.fault,
        }


class CallLog:
    """Oldest calls fall off; the histories of subscriptions, which prove consent, never do."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._emails = 0

    def add(self, call: Call) -> None:
        self._calls.append(call)
        self._emails += len(call.emails)
        while len(self._calls) > MAX_CALLS or (self._emails > MAX_EMAILS and len(self._calls) > 1):
            self._emails -= len(self._calls.popleft().emails)

    def latest(self, email: str | None, limit: int) -> list[Call]:
        """Newest first."""
        found = (call for call in reversed(self._calls) if email is None or email in call.emails)
        return list(islice(found, limit))

    def clear(self) -> None:
        self._calls.clear()
        self._emails = 0


def emails_named(request: Request) -> list[str]:
    """Everybody the call is about: in the path, the query, the body or its rows."""
    named = [request.params.get("email"), request.query.get("email")]
    body = request.body if isinstance(request.body, dict) else {}
    named += [body.get(name) for name in EMAILS]
    for rows in body.values():
        if isinstance(rows, list):
            named += [row.get("email") if isinstance(row, dict) else row for row in rows]
    return [email.lower() for email in named if isinstance(email, str)]
