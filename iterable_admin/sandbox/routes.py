"""All endpoints and all kinds of writes; a new room of the API is added to these two lists."""

from __future__ import annotations

from urllib.parse import unquote

from iterable_admin.sandbox.answers import Route
from iterable_admin.sandbox.exports import endpoints as exports
from iterable_admin.sandbox.people import (
    deleting,
    event_history,
    events,
    forgetting,
    lookups,
    merging,
    renaming,
    sent_messages,
    users,
)
from iterable_admin.sandbox.project import campaigns, mirror, screens, sending, templates, workflows
from iterable_admin.sandbox.state import Apply
from iterable_admin.sandbox.subscriptions import groups, lists, membership, subscribing, whole_lists
from iterable_admin.sandbox.trouble import control, switchboard
from iterable_admin.sandbox.webhooks import endpoints as webhooks
from iterable_admin.sandbox.webhooks import happenings

_PEOPLE = (users, lookups, deleting, renaming, merging, forgetting, sent_messages, events, event_history)
_SUBSCRIPTIONS = (lists, membership, whole_lists, groups)
_PROJECT = (mirror, campaigns, templates, screens, exports, workflows, webhooks, happenings)
ROUTES: list[Route] = [*control.ROUTES, *switchboard.ROUTES]
ROUTES += [route for room in (*_PEOPLE, *_SUBSCRIPTIONS, *_PROJECT) for route in room.ROUTES]
WRITES: dict[str, Apply] = {
    **users.WRITES,
    **deleting.WRITES,
    **renaming.WRITES,
    **merging.WRITES,
    **forgetting.WRITES,
    **lists.WRITES,
    **subscribing.WRITES,
    **events.WRITES,
    **screens.WRITES,
    **sending.WRITES,
    **webhooks.WRITES,
    **happenings.WRITES,
}

_EXACT = {(route.method, route.path): route for route in ROUTES if "{" not in route.path}
_PATTERNS = [(route, route.path.split("/")) for route in ROUTES if "{" in route.path]


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route and the values in its path. Split first, decoded after: an encoded slash belongs to its value."""
    if route := _EXACT.get((method, path)):
        return route, {}
    parts = path.split("/")
    for candidate, pattern in _PATTERNS:
        if candidate.method == method and len(pattern) == len(parts) and (found := _match(pattern, parts)) is not None:
            return candidate, found
    return None


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    found = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{") and part:
            found[wanted[1:-1]] = unquote(part)
        elif wanted != part:
            return None
    return found
