"""What two Iterables hold of the same people, and what is not compared of their answers."""

from __future__ import annotations

from typing import Any

from tests.sandbox.caller import Caller

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve+1@example.com"
PEOPLE = (ADA, BOB, EVE)
KNOWN = [{"email": email, "dataFields": {"firstName": email[:3]}} for email in PEOPLE]
# Known to Iterable alone, as it says it: which fields a call made.
OF_EVENT = ("id", "eventName", "createdAt", "dataFields")
LATER = ("createdFields", "filteredOutFields")


def told(answer: tuple[int, Any]) -> tuple[int, Any]:
    status, body = answer
    return status, {name: value for name, value in body.items() if name not in LATER}


def events_of(caller: Caller, email: str) -> list[dict[str, Any]]:
    return list(caller.get(f"/api/events/{email}")[1].get("events", []))


def said_of(event: dict[str, Any]) -> dict[str, Any]:
    """Without the moment of those that Iterable dates itself: the two were asked one after the other."""
    return {name: event.get(name) for name in OF_EVENT if name != "createdAt" or event.get("id")}


def state(caller: Caller) -> list[Any]:
    arrays = ("emailListIds", "unsubscribedChannelIds", "unsubscribedMessageTypeIds", "subscribedMessageTypeIds")
    found = []
    for email in (*PEOPLE, "zoe@example.com"):
        fields = caller.fields(email)
        if fields is not None:
            fields = {name: value for name, value in fields.items() if not (name in arrays and not value)}
        # Without Iterable's own notes of changed subscriptions: what a call changes at once may be changed by two calls here.
        found.append((fields, [said_of(event) for event in events_of(caller, email) if event.get("eventName")]))
    return found
