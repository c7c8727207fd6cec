"""What a system webhook of Iterable says, in all the forms in which they come; and a line of an export, which says the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from contacts.intake.dates import read_instant
from contacts.intake.iterable_webhooks.ids import read_id, read_ids
from contacts.intake.iterable_webhooks.names import BOUNCE, SUBSCRIBE, WITHDRAWALS, canonical, plain
from contacts.intake.people import read_email, read_user_id
from contacts.intake.reading import Unreadable, read_text
from iterable_admin.addresses import LONGEST_ADDRESS, address_key, user_id_lane
from iterable_admin.iterable.moments import moment

NAMELESS = "is missing: a system webhook names its event."
NOBODY = "is missing: neither email nor userId names a person, here or in dataFields."
NOT_AN_OBJECT = "must be a JSON object."
FUTURE = "createdAt: in the future, taken as receipt"
UNREADABLE_TIME = "createdAt: not a time, taken as receipt"
LONGEST_NAME, LONGEST_TEXT = 255, 200
# Any moment of its day: for a withdrawal the last.
BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

ARRAYS = {"channel_ids": "channelIds", "message_type_ids": "messageTypeIds", "list_ids": "emailListIds"}
IDS = {
    "campaign_id": "campaignId",
    "template_id": "templateId",
    "channel_id": "channelId",
    "message_type_id": "messageTypeId",
    "workflow_id": "workflowId",
}
TEXTS = {
    "message_id": "messageId",
    "recipient_state": "recipientState",
    "reason": "reason",
    "workflow_name": "workflowName",
    "url": "url",
}
UNSUB_SOURCE, SIGNUP_SOURCE = "unsubSource", "signupSource"
# `c<campaign>:t<template>:<address>`, of the mail that it is about.
EMAIL_ID = re.compile(r"c\d+:t\d+:(.+)", re.ASCII | re.DOTALL)
LONG_AGO = 1970
# Of what names nobody: each stands alone, behind nothing and before nothing.
NOBODY_LANE = "nobody:"


@dataclass(slots=True)
class Webhook:
    """As understood. With errors it is rejected; everything understood so far is kept all the same."""

    name: str = ""
    email: str = ""
    user_id: str = ""
    identity: str = ""
    """As told: an address that is found by the user id comes and goes."""
    mailed_to: str = ""
    """The address in the id of the mail, or the user id where that is one: for want of a better."""
    created_at: datetime | None = None
    told_at: datetime | None = None
    """As it came, by which a retry is known, be it in the future."""
    arrays: dict[str, list[int]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    flags: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        if self.email:
            return address_key(self.email)
        return user_id_lane(self.user_id) if self.user_id else ""

    @property
    def withdraws(self) -> bool:
        complaint = self.name == BOUNCE and plain(self.details.get("recipient_state") or "") == "complaint"
        return complaint or self.name in WITHDRAWALS

    def payload(self) -> dict[str, Any]:
        at = self.created_at.isoformat() if self.created_at else None
        return {"event_name": self.name, "created_at": at, "source": self.source, **self.arrays, **self.details}


def read_webhook(body: Any, received_at: datetime, *, name: str = "") -> Webhook:
    """`name`: of the export that the line stands in, which does not name it."""
    if not isinstance(body, dict):
        return Webhook(errors={"event": NOT_AN_OBJECT})
    webhook = Webhook()
    fields = _fields_of(body, webhook)
    _read_name(name or _first(body, fields, "eventName"), webhook)
    _read_person(body, fields, webhook)
    _read_created_at(_first(fields, body, "createdAt"), webhook, received_at)
    _read_arrays(fields, webhook)
    _read_details(fields, webhook)
    return webhook


def _fields_of(body: Mapping[str, Any], webhook: Webhook) -> dict[str, Any]:
    """Missing and null are empty. What stands beside them counts where they say nothing: exports are flat."""
    found = body.get("dataFields")
    if found is not None and not isinstance(found, dict):
        webhook.errors["dataFields"] = NOT_AN_OBJECT
        found = None
    return {**{key: value for key, value in body.items() if key != "dataFields"}, **(found or {})}


def _first(first: Mapping[str, Any], second: Mapping[str, Any], name: str) -> Any:
    return next((found[name] for found in (first, second) if found.get(name) not in (None, "")), None)


def _read_name(value: Any, webhook: Webhook) -> None:
    name = value.strip() if isinstance(value, str) else ""
    if not name:
        webhook.errors["eventName"] = NAMELESS if value is None or isinstance(value, str) else "must be text."
    elif len(name) > LONGEST_NAME:
        webhook.errors["eventName"] = f"is longer than {LONGEST_NAME} characters."
    webhook.name = canonical(name[:LONGEST_NAME])


def _read_person(body: Mapping[str, Any], fields: Mapping[str, Any], webhook: Webhook) -> None:
    problems: dict[str, str] = {}
    webhook.email = _readable("email", body, fields, read_address, problems)
    webhook.user_id = _readable("userId", body, fields, _read_user_id, problems)
    webhook.mailed_to = _mailed_to(fields.get("emailId")) or _address_or_nothing(webhook.user_id)
    webhook.identity = webhook.email or webhook.user_id or webhook.mailed_to
    if webhook.identity:
        webhook.flags += [f"{name}: not readable, left out" for name in problems]
    elif problems:
        webhook.errors |= problems
    elif webhook.errors:
        webhook.errors["email"] = NOBODY


def _readable(
    name: str,
    body: Mapping[str, Any],
    fields: Mapping[str, Any],
    read: Callable[[Any], str],
    problems: dict[str, str],
) -> str:
    """Beside the data fields or among them: the first that can be read."""
    for value in (body.get(name), fields.get(name)):
        if value is None or value == "":
            continue
        try:
            found = read(value)
        except Unreadable as error:
            problems[name] = str(error)
        else:
            problems.pop(name, None)
            return found
    return ""


def _read_user_id(value: Any) -> str:
    """A number may come as a fraction from a typed language."""
    return read_user_id(int(value) if isinstance(value, float) and value.is_integer() else value)


def _mailed_to(email_id: Any) -> str:
    found = EMAIL_ID.fullmatch(email_id.strip()) if isinstance(email_id, str) else None
    return _address_or_nothing(found[1]) if found else ""


def _address_or_nothing(value: str) -> str:
    try:
        return read_address(value)
    except Unreadable:
        return ""


def read_address(value: Any) -> str:
    return read_email(value)[0][:LONGEST_ADDRESS]


def _read_created_at(value: Any, webhook: Webhook, received_at: datetime) -> None:
    """Without a time of its own a webhook is dated by its receipt: the latest there is, which is safe for a withdrawal."""
    if value in (None, 0):
        return
    at, flag = _instant(value)
    if at and webhook.withdraws and isinstance(value, str) and BARE_DATE.fullmatch(value.strip()):
        at = min(datetime.combine(at, time.max, UTC), received_at)
    if at is None:
        webhook.flags.append(UNREADABLE_TIME)
    elif at > received_at:
        webhook.flags.append(FUTURE)
        webhook.told_at = at
    else:
        webhook.created_at = webhook.told_at = at
        webhook.flags += [f"createdAt: {flag}"] if flag else []


def _instant(value: Any) -> tuple[datetime | None, str]:
    try:
        at, flag = read_instant(value)
    except Unreadable:
        # Exports have been met with doubled fractions.
        at, flag = moment(value) if isinstance(value, str) else None, ""
    # Typed languages write a missing time as the year 1: a withdrawal of then would be lifted by any grant.
    return at.astimezone(UTC) if at and at.year >= LONG_AGO else None, flag


def _read_arrays(fields: Mapping[str, Any], webhook: Webhook) -> None:
    for ours, theirs in ARRAYS.items():
        try:
            webhook.arrays[ours] = read_ids(fields.get(theirs) if fields.get(theirs) is not None else [])
        except Unreadable as error:
            webhook.errors[theirs] = str(error)


def _read_details(fields: Mapping[str, Any], webhook: Webhook) -> None:
    """Circumstances beside the matter itself: what cannot be read is left in the raw body."""
    for ours, theirs in IDS.items():
        try:
            webhook.details[ours] = read_id(fields.get(theirs))
        except Unreadable:
            webhook.flags.append(f"{theirs}: not an id, left out")
    for ours, theirs in TEXTS.items():
        webhook.details[ours] = _text(fields.get(theirs), theirs, webhook)
    webhook.source = _text(fields.get(source := _source_of(webhook.name)), source, webhook)


def _source_of(name: str) -> str:
    """Of a subscribe how the person signed up, and nothing else: how they once left says nothing of it."""
    return SIGNUP_SOURCE if name == SUBSCRIBE else UNSUB_SOURCE


def _text(value: Any, name: str, webhook: Webhook) -> str:
    try:
        return (read_text(value)[0] or "")[:LONGEST_TEXT]
    except Unreadable:
        webhook.flags.append(f"{name}: not text, left out")
        return ""
