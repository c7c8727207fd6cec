"""Webhooks listed and edited, as the API lets them be, and the log of what was posted."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    STRING,
    Answer,
    Kinds,
    Request,
    Route,
    bad_json,
    bad_params,
    expect,
    missing,
    read_integer,
)
from iterable_admin.sandbox.state import Apply, State, Write
from iterable_admin.sandbox.webhooks.hooks import AUTH_TYPES, Hook, check_endpoint

KINDS: Kinds = {
    "id": INTEGER,
    "endpoint": STRING,
    "enabled": BOOLEAN,
    "authType": STRING,
    "authToken": STRING,
    "headers": ARRAY,
    "blastSendEnabled": BOOLEAN,
    "triggeredSendEnabled": BOOLEAN,
}
ATTRIBUTES = {
    "endpoint": "endpoint",
    "enabled": "enabled",
    "authType": "auth_type",
    "authToken": "token",
    "headers": "headers",
    "blastSendEnabled": "blast_sends",
    "triggeredSendEnabled": "triggered_sends",
}


def list_hooks(state: State, request: Request) -> Answer:
    return Answer(200, {"webhooks": [hook.describe() for hook in state.hooks]})


def edit(state: State, request: Request) -> Answer:
    """Only what is given changes; the answer is the webhook as it will be."""
    body = request.json()
    expect(request, body, "obj", KINDS)
    if body.get("id") is None:
        raise missing(request, "obj.id")
    hook = find_hook(state, body["id"])
    if hook is None:
        raise bad_params(f"Webhook not found: {body['id']}")
    changes = {name: body[name] for name in ATTRIBUTES if body.get(name) is not None}
    check_changes(request, changes)
    state.accept([{"op": "webhook", "id": hook.id, "changes": changes}])
    return Answer(200, hook.describe() | {name: changes[name] for name in hook.describe() if name in changes})


def check_changes(request: Request, changes: dict[str, Any]) -> None:
    if changes.get("authType", "NoAuth") not in AUTH_TYPES:
        raise bad_params("authType must be one of " + ", ".join(AUTH_TYPES))
    if "endpoint" in changes:
        try:
            check_endpoint(changes["endpoint"])
        except ValueError as problem:
            raise bad_params(str(problem)) from None
    for index, header in enumerate(changes.get("headers", ())):
        if not isinstance(header, dict) or not all(is_header_text(header.get(name)) for name in ("key", "value")):
            raise bad_json(request, {f"obj.headers[{index}]": "Object with key and value expected"})
    if not is_header_text(changes.get("authToken", "-")):
        raise bad_params("authToken must be printable ASCII")


def is_header_text(text: Any) -> bool:
    return isinstance(text, str) and text != "" and text.isascii() and text.isprintable()


def find_hook(state: State, hook_id: int) -> Hook | None:
    return next((hook for hook in state.hooks if hook.id == hook_id), None)


def apply_edit(state: State, write: Write, at: float) -> None:
    if hook := find_hook(state, write["id"]):
        for name, value in write["changes"].items():
            setattr(hook, ATTRIBUTES[name], value)


def postings(state: State, request: Request) -> Answer:
    """Newest first. A token is in no line of it."""
    return Answer(200, state.poster.describe(read_integer(request.query.get("limit", "100"), "limit")))


ROUTES = [
    Route("GET", "/api/webhooks", list_hooks),
    Route("POST", "/api/webhooks", edit),
    Route("GET", "/sandbox/webhooks.json", postings),
]
WRITES: dict[str, Apply] = {"webhook": apply_edit}
