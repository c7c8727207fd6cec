from __future__ import annotations

from typing import Any

import pytest

from iterable_admin.sandbox.project.seeds.blasts import RECURRING_NEWSLETTER
from iterable_admin.sandbox.project.seeds.journeys import FREE_JOURNEY, INVITED_JOURNEY, TRIAL_JOURNEY
from iterable_admin.sandbox.subscriptions.mailing_lists import NEWSLETTER, TEAM_MEMBERS
from tests.sandbox.caller import Caller


def campaigns(sandbox: Caller, query: str = "") -> dict[str, Any]:
    return dict(sandbox.get(f"/api/campaigns{query}")[1])


def ids(answer: dict[str, Any]) -> list[int]:
    return [campaign["id"] for campaign in answer["campaigns"]]


def test_without_paging_all_campaigns_come_and_no_total(sandbox: Caller) -> None:
    answer = campaigns(sandbox)
    assert list(answer) == ["campaigns"]
    assert len(answer["campaigns"]) == 40
    assert ids(answer) == sorted(ids(answer))


def test_pages_name_their_neighbours_and_the_total(sandbox: Caller) -> None:
    first = campaigns(sandbox, "?page=1&sort=-id&campaignState=Running&campaignState=Draft")
    second = dict(sandbox.get(first["nextPageUrl"])[1])
    assert (len(first["campaigns"]), len(second["campaigns"]), first["totalCampaignsCount"]) == (20, 8, 28)
    assert second["previousPageUrl"] == "/api/campaigns?page=1&sort=-id&campaignState=Running&campaignState=Draft"
    assert {c["campaignState"] for c in first["campaigns"] + second["campaigns"]} == {"Running", "Draft"}
    assert ids(first) + ids(second) == sorted(ids(first) + ids(second), reverse=True)
    assert ("previousPageUrl" in first, "nextPageUrl" in second) == (False, False)


def test_each_journey_has_its_campaigns_with_a_template(sandbox: Caller) -> None:
    found = campaigns(sandbox)["campaigns"]
    steps = {journey: [c for c in found if c.get("workflowId") == journey] for journey in (TRIAL_JOURNEY, FREE_JOURNEY)}
    assert [len(campaigns) for campaigns in steps.values()] == [14, 10]
    assert [c["id"] for c in found if c.get("workflowId") == INVITED_JOURNEY] == [8_040_520]
    assert {(c["type"], c["messageMedium"]) for c in steps[TRIAL_JOURNEY]} == {("Triggered", "Email")}
    assert steps[TRIAL_JOURNEY][0]["templateId"] == 11_240_401


def test_a_blast_says_to_whom_it_went(sandbox: Caller) -> None:
    blast = sandbox.get("/api/campaigns/8041001")[1]
    assert (blast["type"], blast["campaignState"], blast["sendSize"]) == ("Blast", "Finished", 18_450)
    assert (blast["listIds"], blast["suppressionListIds"]) == ([NEWSLETTER], [TEAM_MEMBERS])
    assert blast["endedAt"] - blast["startAt"] == 3 * 3_600_000


def test_sorted_by_start_the_campaigns_without_one_come_first(sandbox: Caller) -> None:
    starts = [c.get("startAt") for c in campaigns(sandbox, "?sort=%2BstartAt")["campaigns"]]
    known = [start for start in starts if start is not None]
    assert starts == [None] * (40 - len(known)) + sorted(known)
    assert ids(campaigns(sandbox, "?sort=+startAt")) == ids(campaigns(sandbox, "?sort=startAt"))


def test_children_of_a_recurring_campaign(sandbox: Caller) -> None:
    answer = sandbox.get(f"/api/campaigns/recurring/{RECURRING_NEWSLETTER}/childCampaigns?pageSize=2")[1]
    assert (ids(answer), answer["totalCampaignsCount"]) == ([8_041_011, 8_041_012], 3)
    assert {c["recurringCampaignId"] for c in answer["campaigns"]} == {RECURRING_NEWSLETTER}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/campaigns/1", 404),
        ("/api/campaigns/one", 400),
        ("/api/campaigns/recurring/8041001/childCampaigns", 400),
        ("/api/campaigns/metrics", 400),
        ("/api/campaigns/metrics?campaignId=x", 400),
        ("/api/campaigns?campaignState=Happy", 400),
        ("/api/campaigns?sort=colour", 400),
        ("/api/campaigns?pageSize=1001", 400),
        ("/api/campaigns?page=" + "9" * 5000, 400),
    ],
)
def test_a_wrong_question_is_refused(sandbox: Caller, path: str, status: int) -> None:
    assert sandbox.get(path)[0] == status


def test_metrics_are_csv_with_a_line_for_each_known_campaign(sandbox: Caller) -> None:
    status, text = sandbox.send("GET", "/api/campaigns/metrics?campaignId=8040401&campaignId=8040402&campaignId=5")
    lines = text.splitlines()
    assert (status, lines[0].split(",")[:2]) == (200, ["id", "Total Email Sends"])
    assert lines[1:] == ["8040401,0,0,0,0,0", "8040402,0,0,0,0,0"]
