"""What is kept of one HTTP call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Iterable and how it was answered; names no person in `endpoint` and holds no secret."""

    method: str
    endpoint: str
    """The path as a template, e.g. `/api/subscriptions/{group}/{id}/user/{email}`."""
    status: int | None
    """None if no answer came."""
    request_id: str
    """Iterable's own name for the request, for its support; empty if it gave none."""
    duration: float
    """Seconds from the first byte sent to the last one read; waiting for the rate limit is not in it."""
    excerpt: str
    """The beginning of the response, redacted, at most 2000 characters."""
    started_at: datetime


class Clock:
    """Starts when made; each `stop` gives the Call as it stands then."""

    def __init__(self, method: str, endpoint: str) -> None:
        self._method, self._endpoint = method, endpoint
        self._started_at, self._started = datetime.now(UTC), time.monotonic()

    def stop(self, status: int | None = None, request_id: str = "", text: str = "") -> Call:
        return Call(
            method=self._method,
            endpoint=self._endpoint,
            status=status,
            request_id=request_id,
            duration=time.monotonic() - self._started,
            excerpt=text,
            started_at=self._started_at,
        )
