"""Journeys entered and campaigns sent by call."""

from __future__ import annotations

from iterable_admin.sandbox.answers import (
    BOOLEAN,
    IDENTITY_KINDS,
    INTEGER,
    OBJECT,
    STRING,
    Answer,
    Kinds,
    Refused,
    Request,
    Route,
    bad_params,
    envelope,
    expect,
    missing,
)
from iterable_admin.sandbox.dates import parse_date
from iterable_admin.sandbox.people.identity import RowRefused, identify, identify_for_upsert
from iterable_admin.sandbox.project.catalog import Wire
from iterable_admin.sandbox.project.sending import send_write
from iterable_admin.sandbox.state import State, Write

MOST_AHEAD = 365 * 86_400
TRIGGER_KINDS: Kinds = {**IDENTITY_KINDS, "workflowId": INTEGER, "listId": INTEGER, "dataFields": OBJECT}
TARGET_KINDS: Kinds = {
    "campaignId": INTEGER,
    "recipientEmail": STRING,
    "recipientUserId": STRING,
    "dataFields": OBJECT,
    "metadata": OBJECT,
    "sendAt": STRING,
    "allowRepeatMarketingSends": BOOLEAN,
}


def trigger(state: State, request: Request) -> Answer:
    """The journey's first mail goes out at once, to whoever may have it; a stranger gets none, and the answer is the same."""
    body = request.json()
    expect(request, body, "obj", TRIGGER_KINDS)
    if body.get("workflowId") is None:
        raise missing(request, "obj.workflowId")
    if not body.get("email") and not body.get("userId") and body.get("listId") is None:
        raise Refused(400, "GenericError", "One of email, userId or listId is required")
    journey = state.catalog.journey(body["workflowId"])
    if journey is None or not journey["enabled"]:
        raise bad_params(f"Workflow not found or not enabled: {body['workflowId']}")
    writes = plan_entry(state, body)
    state.accept(writes)
    return envelope()


def plan_entry(state: State, body: Wire) -> list[Write]:
    campaign, list_id = state.catalog.first_step(body["workflowId"]), body.get("listId")
    try:
        person = identify(state, body) if body.get("email") or body.get("userId") else None
    except RowRefused as refused:
        raise refused.as_single() from None
    if person is None and list_id not in state.lists.by_id:
        raise bad_params(f"List not found: {list_id}")
    if campaign is None:
        return []
    if person is not None:
        return [send_write(state, person, campaign)]
    return [{"op": "send to list", "campaignId": campaign["id"], "listId": list_id, "triggerId": state.ids.short()}]


def target(state: State, request: Request) -> Answer:
    """One triggered campaign to one person, who is made if unknown; at once or at a time within a year."""
    body = request.json()
    expect(request, body, "obj", TARGET_KINDS)
    if body.get("campaignId") is None:
        raise missing(request, "obj.campaignId")
    campaign = state.catalog.campaign(body["campaignId"])
    if campaign is None or campaign["type"] != "Triggered" or campaign["campaignState"] != "Running":
        raise bad_params(f"Campaign not found or not a running triggered one: {body['campaignId']}")
    send_at = read_send_at(state, body.get("sendAt"))
    try:
        person = identify_for_upsert(state, {"email": body.get("recipientEmail"), "userId": body.get("recipientUserId")})
    except RowRefused as refused:
        raise refused.as_single() from None
    once = body.get("allowRepeatMarketingSends") is False
    state.accept([send_write(state, person, campaign, create=True, once=once, sendAt=send_at)])
    return envelope()


def read_send_at(state: State, text: str | None) -> float | None:
    """Seconds since 1970. A time of the past is at once."""
    if text is None:
        return None
    moment = parse_date(text)
    if moment is None or moment.timestamp() > state.clock.now() + MOST_AHEAD:
        raise bad_params("sendAt must be written as YYYY-MM-DD HH:MM:SS, in UTC, and be at most 365 days ahead")
    return moment.timestamp()


ROUTES = [
    Route("POST", "/api/workflows/triggerWorkflow", trigger),
    Route("POST", "/api/email/target", target),
]
