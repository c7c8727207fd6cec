from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.story.conftest import KEY, Stage, until

pytestmark = pytest.mark.story

SLOW = {"sandbox": ["--delay", "5"], "settings": {"ITERABLE_SETTLE_SECONDS": "7"}}
EMAIL = "early@example.com"


def unsubscribe(email: str, seconds_ago: int = 0, *, unsubscribed: bool = True) -> dict[str, Any]:
    moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {"email": email, "unsubscribed": unsubscribed, "occurred_at": moment.isoformat()}


def mailable_moments(stage: Stage, email: str) -> list[dict[str, Any]]:
    """The states in the sandbox's history in which the Marketing Channel was open."""
    channel = stage.channel()
    return [state for state in stage.history(email) if channel not in (state["unsubscribedChannelIds"] or [])]


@pytest.mark.parametrize("stage", [{}, SLOW], indirect=True, ids=["at once", "applied after 5 s"])
def test_who_unsubscribed_before_existing_is_at_no_moment_mailable(stage: Stage) -> None:
    first = stage.post("webhooks/marketo/unsubscribe/", unsubscribe(EMAIL))
    until(lambda: stage.event(first["id"])["reason_code"] == "not_in_iterable", what="held: not in Iterable")
    stage.faults(fail_next=[{"path": "/api/subscriptions", "status": 500, "times": 3}])
    stage.post("events/saas-trial/", {"email": EMAIL, "firstName": "Early"})
    until(lambda: stage.events(EMAIL) == ["SaaS Trials"], 90, what="the trial event")
    assert mailable_moments(stage, EMAIL) == []
    assert stage.channel() in stage.user(EMAIL)["unsubscribedChannelIds"]
    assert stage.event(first["id"])["state"] == "done"


def test_a_profile_unknown_to_us_is_unsubscribed(stage: Stage) -> None:
    profile = {"email": "direct@example.com", "dataFields": {"madeBy": "hand"}}
    requests.post(f"{stage.iterable}/api/users/update", json=profile, headers=KEY, timeout=5).raise_for_status()
    stage.post("webhooks/marketo/unsubscribe/", unsubscribe("Direct@Example.com"))
    until(lambda: stage.user("direct@example.com").get("unsubscribedChannelIds") == [stage.channel()], what="the opt-out")


def test_who_wavers_ends_where_the_last_act_left_them(stage: Stage) -> None:
    stage.post("events/saas-trial/", {"email": "wavers@example.com", "firstName": "W"})
    ids = []
    for seconds_ago, unsubscribed in ((30, True), (20, False), (10, True)):
        body = unsubscribe("wavers@example.com", seconds_ago, unsubscribed=unsubscribed)
        ids.append(stage.post("webhooks/marketo/unsubscribe/", body)["id"])
    until(lambda: all(stage.event(uuid)["state"] in ("done", "skipped") for uuid in ids), what="all three processed")
    until(lambda: stage.user("wavers@example.com").get("unsubscribedChannelIds") == [stage.channel()], what="the opt-out")
    until(lambda: stage.events("wavers@example.com") == ["SaaS Trials"], what="the trial event")
    assert stage.user("wavers@example.com")["unsubscribedChannelIds"] == [stage.channel()]
