"""What a call for Iterable does here: the ledger first, then the deliveries, in one transaction with the event's end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

from contacts.consent.applying import target_ids
from contacts.consent.ledger import Target
from contacts.consent.models import Channel, MessageType, SubscriptionChange
from contacts.consent.recording import record
from contacts.gateway.checking import ARRAYS, in_seconds
from contacts.gateway.rows import CHANNEL, EMAIL_LIST, MESSAGE_TYPE
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.registry import ERASED, Verdict
from iterable_admin.outbox.enqueueing import (
    Cause,
    enqueue,
    list_membership,
    profile_update,
    subscription,
    tracked_event,
    unsubscription,
    whole_subscriptions,
)
from iterable_admin.outbox.models import Delivery

POLICY = "gateway-1"
SENT = Verdict(Event.State.DONE, "", "On its way to Iterable.")
NO_ADDRESS = Verdict(Event.State.HELD, "no_address", "No address is known for this user id yet.")
OF_ARRAY = {"unsubscribedChannelIds": CHANNEL, "unsubscribedMessageTypeIds": MESSAGE_TYPE}
KEPT_OF_ARRAYS = (*ARRAYS, "campaignId", "templateId", "validateChannelAlignment")
OF_PROFILE = ("mergeNestedObjects", "createNewFields")
OF_EVENT = ("campaignId", "templateId", "createNewFields")
Left = tuple[str, int]  # a group, and Iterable's id within it


def handle_calls(events: Sequence[Event]) -> list[Verdict]:
    known = [event for event in events if event.email]
    names = _names() if any(left_by(event) or event.payload["call"] == "group" for event in known) else {}
    record([_ledger_row(event, left) for event in known for left in left_by(event)])
    enqueue([step for event in known for step in steps(event, names)])
    return [SENT if event.email else NO_ADDRESS if event.user_id else ERASED for event in events]


def left_by(event: Event) -> list[Left]:
    """What the person left by this call."""
    call, told = event.payload["call"], event.payload["told"]
    if call == "group":
        return [(told["group"], told["groupId"])] if not told["joins"] and told["group"] != EMAIL_LIST else []
    if call != "opt_out":
        return []
    marketing = target_ids()[CHANNEL] if told.get("channelUnsubscribe") else None
    arrays = told.get("arrays", {})
    left = [(group, number) for name, group in OF_ARRAY.items() for number in arrays.get(name) or ()]
    return [*left, (CHANNEL, marketing)] if marketing else left


def _ledger_row(event: Event, left: Left) -> SubscriptionChange:
    return SubscriptionChange(
        address_key=event.lane,
        target=Target.CHANNEL if left[0] == CHANNEL else Target.MESSAGE_TYPE,
        target_key=str(left[1]),
        verdict=SubscriptionChange.Verdict.WITHDRAWN,
        basis=SubscriptionChange.Basis.EXPLICIT,
        occurred_at=event.received_at,
        received_at=event.received_at,
        dated_by="receipt",
        source=event.source.name,
        cause="event",
        cause_id=str(event.uuid),
        policy=POLICY,
    )


def _names() -> dict[Left, str]:
    channels = Channel.objects.filter(iterable_id__isnull=False).values_list("iterable_id", "name")
    types = MessageType.objects.filter(iterable_id__isnull=False).values_list("iterable_id", "name")
    return {(CHANNEL, number or 0): name for number, name in channels} | {(MESSAGE_TYPE, n or 0): name for n, name in types}


def steps(event: Event, names: Mapping[Left, str]) -> list[Delivery]:
    cause, told = Cause("event", str(event.uuid), event.request_id), event.payload["told"]
    out = [opt_out(event.email, left, names, cause) for left in left_by(event)]
    return [*out, *STEPS[event.payload["call"]](event, told, names, cause)]


def opt_out(email: str, left: Left, names: Mapping[Left, str], cause: Cause) -> Delivery:
    """A name is given to what is known alone: the opt-out of another channel must not be taken for that of marketing."""
    row = unsubscription(email, left[0], names.get(left, ""), left[1], cause)
    row.payload["for_itself"] = True
    return row


def _track(event: Event, told: Mapping[str, Any], _names: Mapping[Left, str], cause: Cause) -> Iterable[Delivery]:
    at = in_seconds(told.get("createdAt") or 0) or int(event.received_at.timestamp())
    name, fields = told["eventName"], told.get("dataFields") or {}
    row = tracked_event(event.email, name, fields, cause, id=event.iterable_id, created_at=at)
    row.payload |= {name: told[name] for name in OF_EVENT if told.get(name) is not None}
    return [row]


def _profile(event: Event, told: Mapping[str, Any], _names: Mapping[Left, str], cause: Cause) -> Iterable[Delivery]:
    fields = dict(told.get("dataFields") or {})
    if told.get("userId") and told.get("email") and settings.ITERABLE_PROJECT_TYPE == "email":
        # There the address names the person, and the user id is written to the profile.
        fields.setdefault("userId", told["userId"])
    row = profile_update(event.email, fields, cause, creates=not (told.get("updateOnly") or _existing_only(told)))
    row.payload |= {name: told[name] for name in OF_PROFILE if told.get(name) is not None}
    yield row
    if told.get("arrays"):
        yield whole_subscriptions(event.email, told["arrays"], cause)


def _arrays(event: Event, told: Mapping[str, Any], _names: Mapping[Left, str], cause: Cause) -> Iterable[Delivery]:
    arrays = {name: told[name] for name in KEPT_OF_ARRAYS if told.get(name) is not None}
    return [whole_subscriptions(event.email, arrays, cause)]


def _list(event: Event, told: Mapping[str, Any], _names: Mapping[Left, str], cause: Cause) -> Iterable[Delivery]:
    if told["joins"] and told.get("dataFields"):
        yield from _profile(event, told, _names, cause)
    only, campaign_id = _existing_only(told), told.get("campaignId")
    yield list_membership(event.email, told["listId"], cause, joins=told["joins"], existing_only=only, campaign_id=campaign_id)


def _existing_only(told: Mapping[str, Any]) -> bool:
    """A project of emails does not heed it: there strangers are created."""
    return told.get("updateExistingUsersOnly") is True and settings.ITERABLE_PROJECT_TYPE != "email"


def _group(event: Event, told: Mapping[str, Any], names: Mapping[Left, str], cause: Cause) -> Iterable[Delivery]:
    number, joins = told["groupId"], told["joins"]
    if told["group"] == EMAIL_LIST:
        return [list_membership(event.email, number, cause, joins=joins)]
    name = names.get((told["group"], number), "")
    return [subscription(event.email, told["group"], name, number, cause)] if joins else []


def _opt_out(_event: Event, _told: Mapping[str, Any], _names: Mapping[Left, str], _cause: Cause) -> Iterable[Delivery]:
    """Nothing beside what `left_by` says."""
    return ()


STEPS = {"opt_out": _opt_out, "track": _track, "profile": _profile, "arrays": _arrays, "list": _list, "group": _group}
