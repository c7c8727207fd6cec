"""Calls as a shell makes them: quoted, and with a variable of the shell where the secret stands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from iterable_admin.inbox.models import Event, Source
from iterable_admin.outbox.requests_made import Request
from iterable_admin.redaction import redact

# In double quotes, in which the shell still fills in the variable.
BEARER = '-H "Authorization: Bearer $TOKEN"'
KEY = '-H "Api-Key: $ITERABLE_API_KEY"'
JSON = "application/json"
# An item of a bulk request is kept by itself, in the shape of the endpoint for one.
OF_ITEMS = {"/api/v1/events/bulk/": "/api/v1/events/"}
Scope = Source.Scope


def event_curl(event: Event, host: str) -> str:
    """Empty when the body is no longer kept. A repeat of the same body is answered with the first one's id."""
    if not event.raw_body or not event.path:
        return ""
    kind = event.content_type or JSON
    return _curl("POST", host + OF_ITEMS.get(event.path, event.path), BEARER, kind, redact(event.raw_body))


def request_curl(request: Request) -> str:
    kind = JSON if request.body is not None else ""
    return _curl(request.method, settings.ITERABLE_BASE_URL.rstrip("/") + request.path, KEY, kind, redact(request.body_text))


def first_call(source: Source, host: str, slug: str) -> str:
    """The simplest call that this source may make; `slug` is the endpoint of a type of event, if there is one."""
    event = {"email": "john.doe@example.com"} if slug else {"email": "john.doe@example.com", "eventName": "An event"}
    calls: Sequence[tuple[str, str, str, dict[str, Any] | None]] = (
        (Scope.EVENTS_WRITE, "POST", f"/api/v1/events/{slug}/" if slug else "/api/v1/events/", event),
        (Scope.SUBSCRIPTIONS_WRITE, "POST", "/api/v1/webhooks/marketo/unsubscribe/", {"email": "john.doe@example.com"}),
        (Scope.READ, "GET", "/api/v1/contacts/?page_size=1", None),
        (Scope.SYNCS_WRITE, "POST", "/api/v1/sync-runs/", {"dry_run": True}),
    )
    for scope, method, path, body in calls:
        if scope in source.scopes:
            return _curl(
                method, host + path, BEARER, JSON if body is not None else "", json.dumps(body) if body is not None else ""
            )
    return ""


def _curl(method: str, url: str, secret: str, content_type: str, body: str) -> str:
    parts = [f"curl -X {shlex.quote(method)} {shlex.quote(url)}", secret]
    parts += [f"-H {shlex.quote(f'Content-Type: {content_type}')}"] if content_type else []
    # --data-raw: a body that begins with @ names no file.
    parts += [f"--data-raw {shlex.quote(body)}"] if body else []
    return " \\\n  ".join(parts)
