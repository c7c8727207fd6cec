"""Campaigns: the list, one, the children of a recurring one, and their figures as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter

from iterable_admin.sandbox.answers import Answer, Rate, Refused, Request, Route, bad_params, read_integer
from iterable_admin.sandbox.project.catalog import Wire
from iterable_admin.sandbox.project.moments import read_range
from iterable_admin.sandbox.project.paging import Listing, answer_list, sort_by
from iterable_admin.sandbox.state import State

CAMPAIGNS = Listing("campaigns", "totalCampaignsCount", 20, 1000)
SORTS = {name: name for name in ("id", "name", "createdAt", "updatedAt", "startAt")}
DOCUMENTED = ("Draft", "Ready", "Scheduled", "Running", "Finished", "Starting", "Aborted", "Recurring", "Archived")
STATES = frozenset((*DOCUMENTED, "Recalling", "Recalled"))
"""The last two are met in the live service."""
METRICS = {
    "Total Email Sends": "emailSend",
    "Total Emails Bounced": "emailBounce",
    "Total Complaints": "emailComplaint",
    "Total Hosted Unsubscribe Clicks": "hostedUnsubscribeClick",
    "Total Unsubscribes": "emailUnSubscribe",
}
CSV = "text/csv; charset=utf-8"


def campaigns(state: State, request: Request) -> Answer:
    return answer_campaigns(request, state.catalog.campaigns)


def children(state: State, request: Request) -> Answer:
    parent = find_campaign(state, request.params["id"])
    if parent is None or parent["campaignState"] != "Recurring":
        raise bad_params(f"Recurring campaign not found: {request.params['id']}")
    found = [c for c in state.catalog.campaigns if c.get("recurringCampaignId") == parent["id"]]
    return answer_campaigns(request, found)


def one(state: State, request: Request) -> Answer:
    campaign = find_campaign(state, request.params["id"])
    if campaign is None:
        raise Refused(404, "NotFound", f"Campaign not found: {request.params['id']}")
    return Answer(200, campaign)


def answer_campaigns(request: Request, found: list[Wire]) -> Answer:
    wanted = set(request.every.get("campaignState", ()))
    if not wanted <= STATES:
        raise bad_params("campaignState must be one of " + ", ".join(sorted(STATES)))
    found = [c for c in found if not wanted or c["campaignState"] in wanted]
    return Answer(200, answer_list(request, sort_by(request, found, SORTS), CAMPAIGNS))


def find_campaign(state: State, text: str) -> Wire | None:
    return state.catalog.campaign(read_integer(text, "campaignId"))


def metrics(state: State, request: Request) -> Answer:
    """A line for each campaign that is known; what has no line was not found."""
    if not (texts := request.every.get("campaignId")):
        raise bad_params("Missing parameter: campaignId")
    since, until = read_range(request.query)
    found = {campaign["id"]: campaign for text in texts if (campaign := find_campaign(state, text))}
    counted = Counter[tuple[int, str]]()
    for profile in state.people.everybody.values():
        for event in profile.system_events:
            if event.get("campaignId") in found and since <= event["createdAt"] < until:
                counted[event["campaignId"], event["eventType"]] += 1
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["id", *METRICS])
    writer.writerows([number, *(counted[number, kind] for kind in METRICS.values())] for number in found)
    return Answer(200, lines.getvalue(), CSV)


READS = Rate(100, 1)
ROUTES = [
    Route("GET", "/api/campaigns", campaigns, READS),
    Route("GET", "/api/campaigns/metrics", metrics, Rate(10, 60)),
    Route("GET", "/api/campaigns/recurring/{id}/childCampaigns", children, READS),
    Route("GET", "/api/campaigns/{id}", one, READS),
]
