"""Mail to a person: whether their subscriptions let it, and what a send leaves behind."""

from __future__ import annotations

import uuid
from typing import Any

from iterable_admin.sandbox.people.identity import Person
from iterable_admin.sandbox.people.profiles import Profile
from iterable_admin.sandbox.project.catalog import Wire
from iterable_admin.sandbox.state import Apply, State, Write


def may_mail(state: State, profile: Profile, campaign: Wire) -> bool:
    """Nobody on a global suppression list; a channel's unsubscribe beats its types, which want no objection, or consent."""
    catalog, arrays = state.catalog, profile.arrays or {}
    if state.lists.suppress(arrays.get("emailListIds", ())):
        return False
    template = catalog.template(campaign["templateId"])
    kind = catalog.message_type(template.listed["messageTypeId"]) if template else None
    if kind is None:
        return False
    if kind["channelId"] in arrays.get("unsubscribedChannelIds", ()):
        return False
    if kind["subscriptionPolicy"] == "OptIn":
        return kind["id"] in arrays.get("subscribedMessageTypeIds", ())
    return kind["id"] not in arrays.get("unsubscribedMessageTypeIds", ())


def send_write(state: State, person: Person, campaign: Wire, **extra: Any) -> Write:
    """Extra: create makes a stranger first, force mails whatever the subscriptions say, once only the first time, sendAt then."""
    identity = {"op": "send", "email": person.email, "userId": person.user_id}
    return {**identity, "campaignId": campaign["id"], "messageId": state.ids.short(), **extra}


def apply_send(state: State, write: Write, at: float) -> None:
    person, campaign = Person(write["email"], write["userId"]), state.catalog.campaign(write["campaignId"])
    if campaign is None or not state.people.admits(*person):
        return
    profile = state.people.find(*person)
    if profile is None and write.get("create"):
        profile, _ = state.people.obtain(*person, at)
        state.people.record(profile, "created", at)
    if (write.get("sendAt") or at) > at:
        state.postpone(write, write["sendAt"])
    elif profile is None or (write.get("once") and any(m["campaignId"] == campaign["id"] for m in profile.messages)):
        return
    elif write.get("force") or may_mail(state, profile, campaign):
        leave_message(state, profile, campaign, write["messageId"], at)


def apply_send_to_list(state: State, write: Write, at: float) -> None:
    """Whoever is on the list at that moment."""
    campaign = state.catalog.campaign(write["campaignId"])
    for profile in list(state.people.everybody.values()) if campaign else ():
        on_list = profile.arrays is not None and write["listId"] in profile.arrays["emailListIds"]
        if campaign and on_list and may_mail(state, profile, campaign):
            message_id = uuid.uuid5(uuid.UUID(write["triggerId"]), profile.key).hex
            leave_message(state, profile, campaign, message_id, at)


def leave_message(state: State, profile: Profile, campaign: Wire, message_id: str, at: float) -> None:
    profile.messages.append(
        {
            "messageId": message_id,
            "campaignId": campaign["id"],
            "templateId": campaign["templateId"],
            "createdAt": int(at),
            "medium": campaign["messageMedium"],
            "blast": campaign["type"] == "Blast",
        }
    )
    named = {"campaignId": campaign["id"], "messageId": message_id, "emailId": email_id(campaign, profile)}
    state.announce("emailSend", profile, at, named | {"transactionalData": {}})


def email_id(campaign: Wire, profile: Profile) -> str:
    return f"c{campaign['id']}:t{campaign['templateId']}:{profile.key}"


WRITES: dict[str, Apply] = {"send": apply_send, "send to list": apply_send_to_list}
