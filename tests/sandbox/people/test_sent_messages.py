from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"
FIRST = 1_686_441_600
DAY = 86_400


@pytest.fixture(scope="module")
def mailed() -> Iterator[Caller]:
    """Twelve messages, one a day: the even ones blasts of campaign 2 by mail, the odd ones pushes of campaign 1."""
    with running_sandbox() as running, Caller(running.url) as caller:
        caller.post("/api/users/update", {"email": ANN, "userId": "u-1"})
        with running.state.lock:
            running.state.people.by_email[ANN].messages += [message(day) for day in range(12)]
        yield caller


def message(day: int) -> dict[str, Any]:
    kind = {"campaignId": 1, "medium": "Push", "blast": False} if day % 2 else {"campaignId": 2, "medium": "Email", "blast": True}
    return {"messageId": f"m-{day}", "templateId": 9, "createdAt": FIRST + day * DAY, **kind}


def ids(mailed: Caller, query: str) -> list[str]:
    status, body = mailed.get(f"/api/users/getSentMessages?{query}")
    assert status == 200
    return [each["messageId"].removeprefix("m-") for each in body["messages"]]


def test_the_newest_ten_come_first_in_the_recorded_form(mailed: Caller) -> None:
    _, body = mailed.get(f"/api/users/getSentMessages?email={ANN}")
    assert len(body["messages"]) == 10
    assert body["messages"][0] == {
        "messageId": "m-11",
        "campaignId": 1,
        "templateId": 9,
        "createdAt": "2023-06-22 00:00:00 +00:00",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=2", ["11", "10"]),
        ("limit=3&campaignIds=2", ["10", "8", "6"]),
        ("limit=2&campaignIds=1&campaignIds=2", ["11", "10"]),
        ("limit=2&messageMedium=Email", ["10", "8"]),
        ("limit=2&excludeBlastCampaigns=true", ["11", "9"]),
        ("limit=2&excludeBlastCampaigns=true&campaignIds=2", ["10", "8"]),
        (f"startDateTime={quote('2023-06-12 00:00:00 +00:00')}&endDateTime={quote('2023-06-14 00:00:00 +00:00')}", ["2", "1"]),
    ],
)
def test_messages_are_chosen(mailed: Caller, query: str, expected: list[str]) -> None:
    assert ids(mailed, f"userId=u-1&{query}") == expected


def test_a_stranger_was_sent_nothing(mailed: Caller) -> None:
    assert ids(mailed, "email=nobody%40example.com") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "campaignIds=x", "messageMedium=Pigeon", "startDateTime=today"])
def test_a_wrong_choice_is_refused(mailed: Caller, query: str) -> None:
    status, body = mailed.get(f"/api/users/getSentMessages?email={ANN}&{query}")
    assert (status, body["code"]) == (400, "BadParams")
