"""What happens to people outside the API, on demand: bounces, complaints, clicks, sends, and changes of mind on a page."""

from __future__ import annotations

from typing import Any

from iterable_admin.sandbox.answers import (
    ARRAY,
    IDENTITY_KINDS,
    INTEGER,
    OBJECT,
    STRING,
    Answer,
    Kinds,
    Request,
    Route,
    bad_params,
    expect,
    expect_all,
    missing,
)
from iterable_admin.sandbox.exports.types import TYPES
from iterable_admin.sandbox.people.identity import Person, RowRefused, identify, not_found
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.project.catalog import MARKETING_CHANNEL, Wire
from iterable_admin.sandbox.project.seeds.mails import FREE_MAILS
from iterable_admin.sandbox.project.sending import email_id, send_write
from iterable_admin.sandbox.state import Apply, State, Write
from iterable_admin.sandbox.subscriptions.subscribing import array_of_type, change_arrays, change_of
from iterable_admin.sandbox.webhooks.announcing import DIMENSIONS, SUBSCRIPTION_EVENTS, describe_campaign

KINDS: Kinds = {
    **IDENTITY_KINDS,
    **dict.fromkeys(DIMENSIONS, ARRAY),
    **dict.fromkeys(("eventName", "recipientState", "source"), STRING),
    "campaignId": INTEGER,
    "dataFields": OBJECT,
}
NO_HAPPENING = ("user", "customEvent", "purchase")
HAPPENINGS = tuple(name for name in TYPES if name not in NO_HAPPENING)
RECIPIENT_STATES = {"emailBounce": "HardBounce", "emailComplaint": "Complaint"}
CLICK = {
    "url": "https://links.example.com/unsubscribe",
    "ip": "192.0.2.1",
    "userAgent": "Mozilla/5.0",
    "userAgentDevice": "Other",
    "country": "United States",
    "region": "OR",
    "city": "Portland",
}


def happen(state: State, request: Request) -> Answer:
    """A hard bounce and a complaint also end the subscription to the campaign's channel, and a second event says so."""
    body = request.json()
    expect(request, body, "obj", KINDS)
    for name in DIMENSIONS:
        expect_all(request, body.get(name), f"obj.{name}", INTEGER)
    if body.get("eventName") is None:
        raise missing(request, "obj.eventName")
    if body["eventName"] not in HAPPENINGS:
        raise bad_params("eventName must be one of " + ", ".join(HAPPENINGS))
    writes = plan(state, body)
    state.accept(writes)
    return Answer(200, {"events": [write.get("name", "emailSend") for write in writes]})


def plan(state: State, body: Wire) -> list[Write]:
    person, profile = find_known(state, body)
    campaign = find_campaign(state, body)
    name = body["eventName"]
    if name in SUBSCRIPTION_EVENTS:
        return [plan_change(person, body)]
    if name == "emailSend":
        return [send_write(state, person, campaign, force=True)]
    reason = body.get("recipientState") or RECIPIENT_STATES.get(name)
    about = name_circumstances(state, name, profile, campaign)
    fields = about | ({"recipientState": reason} if reason else {}) | (body.get("dataFields") or {})
    writes = [happening(person, name, fields)]
    if reason in RECIPIENT_STATES.values():
        channel = describe_campaign(state.catalog, campaign)["channelId"] or MARKETING_CHANNEL
        writes.append(happening(person, "emailUnSubscribe", about | {"channelIds": [channel], "unsubSource": reason}))
    return writes


def name_circumstances(state: State, name: str, profile: Profile, campaign: Wire) -> Wire:
    """A journey is left as a whole; all else is about one message."""
    if name == "journeyExit":
        block = describe_campaign(state.catalog, campaign)
        return {"workflowId": block["workflowId"], "workflowName": block["workflowName"]}
    fields = {"campaignId": campaign["id"], "messageId": message_id(state, profile, campaign)}
    fields["emailId"] = email_id(campaign, profile)
    return fields | (CLICK if name == "hostedUnsubscribeClick" else {})


def plan_change(person: Person, body: Wire) -> Write:
    """On a page, or by the link in a mail; the campaign is named only if the caller names one."""
    given = {name: body[name] for name in (*DIMENSIONS, "campaignId") if body.get(name) is not None}
    if not any(given.get(name) for name in DIMENSIONS):
        given["channelIds"] = [MARKETING_CHANNEL]
    key, source = ("signupSource", "WebApp") if body["eventName"] == "emailSubscribe" else ("unsubSource", "EmailLink")
    fields = {**given, key: body.get("source") or source, **(body.get("dataFields") or {})}
    return happening(person, body["eventName"], fields | {name: given.get(name, []) for name in DIMENSIONS})


def happening(person: Person, name: str, fields: dict[str, Any]) -> Write:
    return {"op": "happening", "email": person.email, "userId": person.user_id, "name": name, "fields": fields}


def find_known(state: State, body: Wire) -> tuple[Person, Profile]:
    try:
        person = identify(state, body)
        profile = state.people.find(*person)
        if profile is None:
            raise not_found(person)
    except RowRefused as refused:
        raise refused.as_single() from None
    return person, profile


def find_campaign(state: State, body: Wire) -> Wire:
    given = body.get("campaignId")
    wanted: int = FREE_MAILS[0].campaign if given is None else given
    campaign = state.catalog.campaign(wanted)
    if campaign is None:
        raise bad_params(f"Campaign not found: {wanted}")
    return campaign


def message_id(state: State, profile: Profile, campaign: Wire) -> str:
    """Of the last mail of this campaign to the person, if there was one."""
    sent = (m["messageId"] for m in reversed(profile.messages) if m["campaignId"] == campaign["id"])
    return str(next(sent, None) or state.ids.short())


def apply_happening(state: State, write: Write, at: float) -> None:
    profile = state.people.find(write["email"], write["userId"])
    if profile is None:
        return
    name, fields = write["name"], write["fields"]
    if name in SUBSCRIPTION_EVENTS and change_subscriptions(state, profile, fields, joining=name == "emailSubscribe"):
        profile.updated_at = at
        state.people.record(profile, "changed", at)
    state.announce(name, profile, at, fields)


def change_subscriptions(state: State, profile: Profile, fields: Wire, joining: bool) -> bool:
    """Whether any array changed."""
    arrays = [("emailListIds", number) for number in fields.get("emailListIds", ())]
    arrays += [("unsubscribedChannelIds", number) for number in fields.get("channelIds", ())]
    arrays += [(array_of_type(state.catalog, number), number) for number in fields.get("messageTypeIds", ())]
    # All of them, also after the first that changed.
    changed = [change_arrays(profile, change_of(array, number, joining=joining)) for array, number in arrays]
    return any(changed)


ROUTES = [Route("POST", "/sandbox/webhooks", happen)]
WRITES: dict[str, Apply] = {"happening": apply_happening}
