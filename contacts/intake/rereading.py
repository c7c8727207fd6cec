"""Read a rejected event's body once more, as its door read it: after somebody mended it, or after the rules changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError

from contacts.intake import marketo
from contacts.intake.accepting import Arrival, Item, incoming_of
from contacts.intake.bodies import parse_json, parse_object
from contacts.intake.event_types import EventTypes
from contacts.intake.gitlab_bodies import read_gitlab
from contacts.intake.iterable_webhooks import door
from contacts.intake.iterable_webhooks.reading import NOBODY, read_webhook
from contacts.intake.told import Told, read_flat
from contacts.intake.understanding import understand
from contacts.intake.unsubscribes import read_unsubscribe
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.storing import Incoming

# The last word of the paths whose bodies name their event themselves; an event of a bulk request is kept by itself.
NAMED_WITHIN = ("", "events", "bulk")
GITLAB = "gitlab"


def reread_event(event: Event, body: str) -> Incoming:
    try:
        parsed = parse_object(_bounded(body))
    except ParseError as error:
        return _unreadable(event, error)
    types = EventTypes.load()
    item = Item(_told(event.path, parsed, types), parsed, body)
    meaning = understand([item.told], types, event.received_at)[0]
    return incoming_of(_arrival(event), item, meaning, None)


def reread_unsubscribe(event: Event, body: str) -> Incoming:
    try:
        fields, raw, from_form = marketo.parse_told(_bounded(body))
    except ParseError as error:
        return _unreadable(event, error)
    change = read_unsubscribe(fields, event.received_at, from_form=from_form)
    return marketo.incoming_of(_arrival(event), change, raw)


def reread_webhook(event: Event, body: str) -> Incoming:
    try:
        parsed = parse_json(_bounded(body))
    except ParseError as error:
        return _unreadable(event, error)
    webhook = read_webhook(parsed, event.received_at)
    door.find_addresses([webhook])
    if webhook.withdraws and not webhook.identity:
        # Accepted at the door, where nobody could mend it; whoever mends it has to say whose it is.
        webhook.errors["email"] = NOBODY
    return door.incoming_of(_arrival(event), webhook, body)


def _told(path: str, body: dict[str, Any], types: EventTypes) -> Told:
    last = path.rstrip("/").rpartition("/")[2]
    if last == GITLAB:
        return read_gitlab(body)
    if last in NAMED_WITHIN:
        return read_flat(body)
    event_type = types.at(last)
    if event_type is None:
        return Told(name=None, errors={"path": f"no active event type has the endpoint {last!r}: add it first."}, nothing=True)
    return read_flat(body, event_type.name)


def _arrival(event: Event) -> Arrival:
    """As it came; only the header that told repeats apart is not kept, so that the body's own key counts."""
    return Arrival(event.source, event.path, event.content_type, event.request_id, "", event.received_at)


def _bounded(body: str) -> bytes:
    raw = body.encode()
    if len(raw) > settings.INTAKE_MAX_BYTES:
        raise ParseError(f"The body may have at most {settings.INTAKE_MAX_BYTES:,} bytes.")
    return raw


def _unreadable(event: Event, error: ParseError) -> Incoming:
    return Incoming(door=Event.Door(event.door), lane="", errors={"body": str(error.detail)})
