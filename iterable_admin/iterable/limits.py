"""How often each endpoint may be called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from iterable_admin.iterable.errors import IterableError

LARGEST_BODY = 4_000_000
"""Bytes of a whole UTF-8 encoded body: Iterable says 4 MB of users/bulkUpdate and names no limit in rows."""


class Limiter(Protocol):
    """Limits are per project and shared by every worker, so whoever configures the client brings the buckets."""

    def wait_for(self, endpoint: str) -> None:
        """Return when a call to this endpoint (a path template) may start, or raise if none may."""

    def heed(self, endpoint: str, error: IterableError | None) -> None:
        """What came of the call: None for a success."""


class Scope(StrEnum):
    """Who shares a limit."""

    PROJECT = "project"
    KEY = "API key"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Limit:
    """What Iterable allows, and the share of it that we use."""

    calls: float
    seconds: int = 1
    """The window that Iterable states it for: a second, or a minute."""
    scope: Scope = Scope.PROJECT
    per_day: int | None = None
    documented: bool = True

    @property
    def per_second(self) -> float:
        """The share of it that we use, in whole calls a window where that is one or more."""
        share = round(self.calls * SHARE_USED, 6)
        return round((int(share) or share) / self.seconds, 6)

    @property
    def used_per_day(self) -> int | None:
        return None if self.per_day is None else int(self.per_day * SHARE_USED)


# Iterable's algorithm is a leaky bucket and its own tools stay at 70 to 80 % of the limit.
SHARE_USED = 0.8
A_MINUTE = 60

DOCUMENTED: dict[str, Limit] = {
    "/api/events/track": Limit(2000),
    "/api/events/trackBulk": Limit(10),
    "/api/users/update": Limit(500),
    "/api/users/registerDeviceToken": Limit(500),
    "/api/users/bulkUpdate": Limit(5),
    "/api/users/merge": Limit(50, scope=Scope.KEY),
    "/api/users/forget": Limit(3, per_day=1000),
    "/api/users/unforget": Limit(3, per_day=1000),
    "/api/campaigns/archive": Limit(5, scope=Scope.KEY),
    "/api/campaigns/metrics": Limit(10, A_MINUTE),
    "/api/lists/getUsers": Limit(5, A_MINUTE),
    "/api/lists/previewUsers": Limit(5, A_MINUTE),
    "/api/lists/{id}/size": Limit(5, A_MINUTE),
    "/api/export/start": Limit(1, scope=Scope.ORGANIZATION),
    "/api/export/{id}/files": Limit(1, scope=Scope.ORGANIZATION),
    "/api/export/{id}": Limit(1),
    "/api/export/data.csv": Limit(4, A_MINUTE),
    "/api/export/data.json": Limit(4, A_MINUTE),
    **dict.fromkeys(
        (
            *("/api/users/getByEmail", "/api/users/byUserId", "/api/users/{email}", "/api/users/byUserId/{userId}"),
            *("/api/events/{email}", "/api/events/byUserId/{userId}", "/api/channels", "/api/messageTypes", "/api/lists"),
            *("/api/campaigns", "/api/campaigns/{id}", "/api/campaigns/recurring/{id}/childCampaigns", "/api/templates"),
            *("/api/templates/email/get", "/api/templates/push/get", "/api/templates/sms/get", "/api/templates/inapp/get"),
            *("/api/templates/embedded/get", "/api/templates/getByClientTemplateId", "/api/email/viewInBrowser"),
        ),
        Limit(100),
    ),
    **dict.fromkeys(
        (
            *("/api/users/getFields", "/api/users/getSentMessages"),
            *("/api/users/forgotten", "/api/users/forgottenUserIds"),
        ),
        Limit(3),
    ),
}

# Iterable states no figure for these, yet other clients found that limits exist.
ASSUMED_SINGLE = Limit(50, documented=False)
ASSUMED_BULK = Limit(5, documented=False)
UNDOCUMENTED: dict[str, Limit] = {
    **dict.fromkeys(
        (
            *("/api/users/bulkUpdateSubscriptions", "/api/lists/subscribe", "/api/lists/unsubscribe"),
            *("/api/subscriptions/{group}/{id}", "/api/export/userEvents", "/api/export/jobs", "/api/lists/{id}"),
        ),
        ASSUMED_BULK,
    ),
    **dict.fromkeys(
        (
            *("/api/users/updateSubscriptions", "/api/users/updateEmail", "/api/journeys", "/api/webhooks"),
            "/api/subscriptions/{group}/{id}/user/{email}",
            "/api/subscriptions/{group}/{id}/byUserId/{userId}",
            "/api/workflows/triggerWorkflow",
        ),
        ASSUMED_SINGLE,
    ),
}
LIMITS: dict[str, Limit] = DOCUMENTED | UNDOCUMENTED
"""By path template."""

PLACE = re.compile(r"\{[^}]*\}")


def _shape(endpoint: str) -> str:
    """Templates differ in the names of their places only: `{id}`, `{listId}`."""
    return PLACE.sub("{}", endpoint)


_BY_SHAPE = {_shape(endpoint): limit for endpoint, limit in LIMITS.items()}


def limit_of(endpoint: str) -> Limit:
    assumed = ASSUMED_BULK if "bulk" in endpoint.lower() else ASSUMED_SINGLE
    return _BY_SHAPE.get(_shape(endpoint), assumed)


def is_known(endpoint: str) -> bool:
    return _shape(endpoint) in _BY_SHAPE
