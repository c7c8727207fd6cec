"""Which calls may be made twice: the method alone does not tell."""

from __future__ import annotations

# PATCH is the subscriptions family alone: adding a subscription twice adds it once.
REPEATABLE_METHODS = {"GET", "HEAD", "PUT", "PATCH", "DELETE"}
REPEATABLE_POSTS = {
    "/api/users/update",
    # The second time nobody has the old address any more.
    "/api/users/updateEmail",
    "/api/users/bulkUpdate",
    "/api/users/updateSubscriptions",
    "/api/users/bulkUpdateSubscriptions",
    "/api/users/registerDeviceToken",
    "/api/users/forget",
    "/api/users/unforget",
    "/api/lists/subscribe",
    "/api/lists/unsubscribe",
    "/api/webhooks",
}
# Iterable has no idempotency key; sending an event's own id again updates that event.
REPEATABLE_WITH_IDS = {"/api/events/track", "/api/events/trackBulk"}


def may_repeat(method: str, endpoint: str, *, own_ids: bool = False) -> bool:
    """`endpoint` is a path template; `own_ids`: every event in the call carries an id that we gave it."""
    if method.upper() in REPEATABLE_METHODS or endpoint in REPEATABLE_POSTS:
        return True
    return own_ids and endpoint in REPEATABLE_WITH_IDS
