from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller


def journeys(sandbox: Caller, query: str = "") -> dict[str, Any]:
    return dict(sandbox.get(f"/api/journeys{query}")[1])


def test_channels_and_message_types_are_seeded(sandbox: Caller) -> None:
    channels = {c["id"]: c for c in sandbox.get("/api/channels")[1]["channels"]}
    types = sandbox.get("/api/messageTypes")[1]["messageTypes"]
    assert [(t["name"], t["subscriptionPolicy"], channels[t["channelId"]]["name"]) for t in types] == [
        ("GitLab Marketing", "OptIn", "Marketing Channel"),
        ("Marketing Message", "OptOut", "Marketing Channel"),
        ("Transactional", "OptOut", "Transactional Channel"),
    ]
    assert [(c["channelType"], c["messageMedium"]) for c in channels.values()] == [
        ("Marketing", "Email"),
        ("Transactional", "Email"),
    ]


def test_journeys_come_in_pages(sandbox: Caller) -> None:
    first = journeys(sandbox)
    second = dict(sandbox.get(first["nextPageUrl"])[1])
    ids = [journey["id"] for journey in first["journeys"] + second["journeys"]]
    assert (len(first["journeys"]), len(ids), len(set(ids))) == (10, 12, 12)
    assert first["totalJourneysCount"] == 12
    assert "nextPageUrl" not in second
    assert "previousPageUrl" in second


def test_the_trial_journey_has_its_trigger(sandbox: Caller) -> None:
    found = {journey["id"]: journey for journey in journeys(sandbox, "?pageSize=50")["journeys"]}
    assert found[361081]["name"] == "SaaS Trial Onboarding + Post"
    assert found[361081]["triggerEventNames"] == ["SaaS Trials"]


def test_archived_journeys_come_only_when_asked_for(sandbox: Caller) -> None:
    archived = journeys(sandbox, "?state=Archived")["journeys"]
    assert [journey["isArchived"] for journey in archived] == [True]
    assert journeys(sandbox, "?state=Archived&state=Archived")["totalJourneysCount"] == 1


def test_journeys_are_sorted_as_asked(sandbox: Caller) -> None:
    ids = [journey["id"] for journey in journeys(sandbox, "?sort=-id&pageSize=50")["journeys"]]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    "query", ["?pageSize=51", "?page=0", "?page=one", "?sort=colour", "?state=Live", "?state=Live&state=Archived"]
)
def test_a_wrong_parameter_is_refused(sandbox: Caller, query: str) -> None:
    assert journeys(sandbox, query)["code"] == "BadParams"


def test_sources_that_read_all_there_is_find_no_metadata(sandbox: Caller) -> None:
    assert sandbox.get("/api/metadata") == (200, {"results": []})
