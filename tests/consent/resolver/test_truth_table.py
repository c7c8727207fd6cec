"""Iterable's truth table, and the instance's: who is mailed, who should be, and the first reason why not."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.consent.models import AddressReport, Erasure, List, ListMembership
from tests.consent.resolver.conftest import GITLAB, MARKETING, MESSAGE, NOON, TRANSACTIONAL, by_python, by_sql, person
from tests.factories import ContactFactory, SubscriptionChangeFactory

pytestmark = pytest.mark.usefixtures("catalogue")

KEY = "a" * 64
FREE = (True, True, "SEND", "SEND")
GONE = (False, True, "NOT_IN_ITERABLE", "SEND")


def said(verdict: str, target: str = "all_marketing", key: str = "", basis: str = "explicit") -> dict[str, Any]:
    return {"verdict": verdict, "target": target, "target_key": key, "basis": basis}


OPTED_IN = said("granted", "message_type", str(GITLAB))
LEFT_TYPE = said("withdrawn", "message_type", str(GITLAB))
LEFT_CHANNEL = said("withdrawn", "channel", str(MARKETING))
IN = {"subscribed_message_type_ids": [GITLAB]}
OUT = {"unsubscribed_channel_ids": [MARKETING]}

CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], Any, Any, Any]] = {
    "fresh profile": (
        {},
        [],
        (False, False, "NEVER_ASKED", "NEVER_ASKED"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "opted in": (IN, [OPTED_IN], FREE, FREE, FREE),
    "opted in by a form": (IN, [OPTED_IN | {"basis": "derived"}], FREE, FREE, FREE),
    "opted in here, not in Iterable yet": (
        {},
        [OPTED_IN],
        (False, False, "NOT_OPTED_IN", "NOT_OPTED_IN"),
        FREE,
        FREE,
    ),
    "withdrew from the type only": (
        {},
        [LEFT_TYPE],
        (False, False, "WITHDREW", "WITHDREW"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "withdrew from the type, after a wider form": (
        {},
        [said("granted", basis="derived"), LEFT_TYPE],
        (False, False, "WITHDREW", "WITHDREW"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "channel unsubscribed by link": (
        OUT,
        [LEFT_CHANNEL],
        (False, False, "CHANNEL_UNSUBSCRIBED", "CHANNEL_UNSUBSCRIBED"),
        (False, False, "CHANNEL_UNSUBSCRIBED", "CHANNEL_UNSUBSCRIBED"),
        FREE,
    ),
    "withdrew in Marketo, Iterable does not show it": (
        IN,
        [said("withdrawn")],
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        FREE,
    ),
    "withdrew in Marketo, taken out of the type only": (
        {},
        [OPTED_IN, said("withdrawn")],
        (False, False, "WITHDREW", "WITHDREW"),
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        FREE,
    ),
    "unsubscribed from the opt-out type": (
        IN | {"unsubscribed_message_type_ids": [MESSAGE]},
        [OPTED_IN, said("withdrawn", "message_type", str(MESSAGE))],
        FREE,
        (False, False, "TYPE_UNSUBSCRIBED", "TYPE_UNSUBSCRIBED"),
        FREE,
    ),
    "channel opened again by a journey": (
        IN,
        [OPTED_IN, LEFT_CHANNEL],
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        FREE,
    ),
    "transactional channel unsubscribed": (
        IN | {"unsubscribed_channel_ids": [TRANSACTIONAL]},
        [OPTED_IN],
        FREE,
        FREE,
        (False, False, "CHANNEL_UNSUBSCRIBED", "CHANNEL_UNSUBSCRIBED"),
    ),
    "imported as subscribed": (IN, [OPTED_IN | {"verdict": "imported", "basis": "system"}], FREE, FREE, FREE),
    "the grant expired": (
        IN,
        [OPTED_IN | {"basis": "derived"}, said("expired", "message_type", str(GITLAB), "system")],
        (True, False, "SEND", "NO_EVIDENCE"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "the grant expired, taken out of the type": (
        {},
        [OPTED_IN | {"basis": "derived"}, said("expired", "message_type", str(GITLAB), "system")],
        (False, False, "NOT_OPTED_IN", "NOT_OPTED_IN"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "opted in to one type after leaving everything": (
        IN,
        [said("withdrawn"), OPTED_IN],
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        FREE,
    ),
    "resubscribed in Marketo after leaving the type": (IN, [LEFT_TYPE, said("granted")], FREE, FREE, FREE),
    "agreed to everything, then left one type": (
        {},
        [said("granted"), LEFT_TYPE],
        (False, False, "WITHDREW", "WITHDREW"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "left one type, then opted in to the other by a form": (
        IN | {"unsubscribed_message_type_ids": [MESSAGE]},
        [said("withdrawn", "message_type", str(MESSAGE)), OPTED_IN | {"basis": "derived"}],
        FREE,
        (False, False, "TYPE_UNSUBSCRIBED", "TYPE_UNSUBSCRIBED"),
        FREE,
    ),
    "left the type, a form says otherwise": (
        IN,
        [LEFT_TYPE, OPTED_IN | {"basis": "derived"}],
        (True, False, "SEND", "UPSTREAM_WITHDRAWN"),
        (True, False, "SEND", "NO_EVIDENCE"),
        FREE,
    ),
    "withdrew in Marketo before existing": (
        {"present": False},
        [said("withdrawn")],
        (False, False, "NOT_IN_ITERABLE", "UPSTREAM_WITHDRAWN"),
        (False, False, "NOT_IN_ITERABLE", "UPSTREAM_WITHDRAWN"),
        GONE,
    ),
    "deleted in Iterable": ({"present": False}, [OPTED_IN], GONE, GONE, GONE),
}


@pytest.mark.parametrize(("arrays", "ledger", "gitlab", "message", "receipt"), CASES.values(), ids=CASES.keys())
def test_each_state_gets_its_two_verdicts(
    arrays: dict[str, Any], ledger: list[dict[str, Any]], gitlab: Any, message: Any, receipt: Any
) -> None:
    person(KEY, **arrays)
    for columns in ledger:
        SubscriptionChangeFactory.create(address_key=KEY, **columns)
    assert by_python(KEY) == [gitlab, message, receipt]
    assert by_sql(KEY) == [gitlab, message, receipt]


def test_what_stops_everything_comes_first() -> None:
    person(KEY, **OUT)
    SubscriptionChangeFactory.create(address_key=KEY, **LEFT_CHANNEL)
    suppression = List.objects.create(iterable_id=9, name="Suppressed", global_suppression=True)
    ListMembership.objects.create(list=suppression, address_key=KEY, seen_at=NOON)
    expected = ["GLOBAL_SUPPRESSION"]
    assert [row[3] for row in by_python(KEY)] == [row[3] for row in by_sql(KEY)] == expected * 3
    report(KEY, "suppressed")
    assert [row[3] for row in by_python(KEY)] == [row[3] for row in by_sql(KEY)] == ["ESP_SUPPRESSED"] * 3
    report(KEY, "hard_bounce")
    assert [row[3] for row in by_python(KEY)] == [row[3] for row in by_sql(KEY)] == ["BOUNCED"] * 3
    Erasure.objects.create(address_key=KEY, iterable_hash="h", requested_at=NOON)
    assert by_python(KEY) == by_sql(KEY) == [(False, False, "FORGOTTEN", "FORGOTTEN")] * 3


def report(key: str, kind: str) -> None:
    AddressReport.objects.create(
        address_key=key, kind=kind, occurred_at=NOON, received_at=NOON, cause="event", cause_id=f"{key[:8]} {kind}"
    )


def test_a_list_on_the_profile_suppresses_too() -> None:
    List.objects.create(iterable_id=9, name="Suppressed", global_suppression=True)
    person(KEY, list_ids=[3, 9])
    assert by_python(KEY) == by_sql(KEY) == [(False, False, "GLOBAL_SUPPRESSION", "GLOBAL_SUPPRESSION")] * 3


def test_of_somebody_never_seen_in_iterable_nothing_is_taken_for_granted() -> None:
    ContactFactory.create(address_key=KEY)
    SubscriptionChangeFactory.create(address_key=KEY, **said("withdrawn"))
    marketing = (None, False, "NOT_OBSERVED", "UPSTREAM_WITHDRAWN")
    assert by_python(KEY) == by_sql(KEY) == [marketing, marketing, (None, True, "NOT_OBSERVED", "SEND")]
