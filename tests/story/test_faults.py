from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.story.conftest import Stage, until

pytestmark = pytest.mark.story

PEOPLE, LEAVERS = 300, 30
# The real limits five times over, on both sides: they bite, and nobody waits for minutes.
LIMITED = {"sandbox": ["--rate-limit-scale", "5"], "settings": {"ITERABLE_RATE_LIMIT_SCALE": "5"}}
ENDED = ("delivered", "skipped", "needs_you")


def trial(number: int) -> dict[str, Any]:
    return {"eventName": "SaaS Trials", "email": f"p{number}@example.com", "dataFields": {"firstName": f"P{number}"}}


def unsubscribe(stage: Stage, number: int) -> str:
    body = {"email": f"p{number}@example.com", "unsubscribed": True, "occurred_at": datetime.now(UTC).isoformat()}
    return str(stage.post("webhooks/marketo/unsubscribe/", body)["id"])


def post_everything(stage: Stage) -> tuple[list[str], list[str]]:
    """Half of the leavers before they exist, half after. Returns the ids of the trials, and of the unsubscribes."""
    leaving = [unsubscribe(stage, number) for number in range(0, LEAVERS, 2)]
    answers = stage.post("events/bulk/", {"events": [trial(number) for number in range(PEOPLE)]})
    leaving += [unsubscribe(stage, number) for number in range(1, LEAVERS, 2)]
    return [answer["id"] for answer in answers], leaving


def is_over(event: dict[str, Any]) -> bool:
    """Held for a withdrawal that gave up is an end as well: somebody is asked for."""
    return event["state"] in ("done", "skipped", "needs_you") and all(
        row["state"] in ENDED or row["reason_code"] == "withdrawal" for row in event["deliveries"]
    )


def pages(stage: Stage, ids: list[str]) -> Iterator[dict[str, Any]]:
    return (stage.event(uuid) for uuid in ids)


@pytest.mark.parametrize("stage", [LIMITED], indirect=True, ids=["3 of 10 calls fail"])
def test_under_faults_and_limits_everything_arrives_once_or_says_why_not(stage: Stage) -> None:
    stage.faults(fail_rate=0.3)
    trials, leaving = post_everything(stage)
    for uuid in [*trials, *leaving]:
        until(lambda uuid=uuid: is_over(stage.event(uuid)), 100, what=f"the end of event {uuid}")  # type: ignore[misc]
    stage.faults(fail_rate=0.0)
    rows = [row for event in pages(stage, [*trials, *leaving]) for row in event["deliveries"]]
    assert [row for row in rows if row["state"] == "needs_you" and not row["reason"]] == []
    arrived = [event for event in pages(stage, trials) if all(row["state"] == "delivered" for row in event["deliveries"])]
    held = {event["email"]: stage.events(event["email"]) for event in pages(stage, trials)}
    assert len(arrived) > PEOPLE * 0.9
    assert all(held[event["email"]] == ["SaaS Trials"] for event in arrived)
    assert max(map(len, held.values())) == 1
    gone = {event["email"] for event in pages(stage, leaving) if all(row["state"] == "delivered" for row in event["deliveries"])}
    out = {email for email in gone if stage.channel() in stage.user(email).get("unsubscribedChannelIds", [])}
    assert out == gone
