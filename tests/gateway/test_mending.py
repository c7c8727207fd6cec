"""A rejected call that somebody mends is checked like one that comes in: by presence and type, and told what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contacts.gateway.taking import reread
from iterable_admin.inbox.models import Event
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db
ARRAYS: dict[str, Any] = {"email": "ada@example.com", "unsubscribedChannelIds": []}
GROUP: dict[str, Any] = {"email": "ada@example.com", "group": "messageType", "groupId": 7, "joins": True}


def rejected(call: str, told: dict[str, Any]) -> Event:
    return EventFactory.create(
        door="gateway", state="rejected", payload={"call": call, "told": told}, raw_body=json.dumps(told), name=call
    )


@pytest.mark.parametrize(
    ("call", "told", "field"),
    [
        ("arrays", ARRAYS | {"email": 5}, "email"),
        ("arrays", ARRAYS | {"emailListIds": "1"}, "emailListIds"),
        ("arrays", ARRAYS | {"subscribedMessageTypeIds": ["1"]}, "subscribedMessageTypeIds[0]"),
        ("arrays", ARRAYS | {"campaignId": True}, "campaignId"),
        ("group", GROUP | {"userId": []}, "userId"),
        ("group", GROUP | {"groupId": "7"}, "groupId"),
        ("group", GROUP | {"joins": "yes"}, "joins"),
        ("group", GROUP | {"group": "everything"}, "group"),
    ],
)
def test_what_is_of_another_type_is_named(call: str, told: dict[str, Any], field: str) -> None:
    incoming = reread(rejected(call, ARRAYS if call == "arrays" else GROUP), json.dumps(told))
    assert list(incoming.errors) == [field]


@pytest.mark.parametrize("body", ["[1]", "{", '"x"', "[" * 2_000 + "]" * 2_000])
def test_what_is_no_object_is_told(body: str) -> None:
    assert list(reread(rejected("arrays", ARRAYS), body).errors) == ["body"]


def test_a_nul_character_is_left_out_as_at_the_door() -> None:
    incoming = reread(rejected("arrays", ARRAYS), '{"email": "bob@example.com\\u0000"}')
    assert (incoming.email, incoming.errors) == ("bob@example.com", {})


@pytest.mark.parametrize(
    ("call", "was", "more"), [("arrays", ARRAYS, {"unsubscribedChannelIds": [1]}), ("group", GROUP, {"joins": False})]
)
def test_no_withdrawal_is_mended_into_a_call_whose_event_is_none(call: str, was: dict[str, Any], more: dict[str, Any]) -> None:
    incoming = reread(rejected(call, was), json.dumps(more))
    assert incoming.errors == {"body": "A withdrawal is not mended into a call: record it on the contact's page."}
