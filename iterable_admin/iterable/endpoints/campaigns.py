"""/api/campaigns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from iterable_admin.iterable.answers import Answer
from iterable_admin.iterable.endpoints.group import Group
from iterable_admin.iterable.endpoints.whole_lists import all_pages, one
from iterable_admin.iterable.moments import sent_time
from iterable_admin.iterable.reads import Campaign
from iterable_admin.iterable.writes.given import given

LARGEST_PAGE = 1000
# With more of them the URL grows too long.
MOST_MEASURED = 400


class Campaigns(Group):
    def all(self, *, states: Sequence[str] = (), sort: str = "id") -> Iterator[Campaign]:
        """`sort`: id, name, createdAt, updatedAt or startAt, with a - before it for the latest first."""
        return self._paged("/api/campaigns", "/api/campaigns", states, sort)

    def children(self, recurring_id: int, *, states: Sequence[str] = (), sort: str = "id") -> Iterator[Campaign]:
        """What a recurring campaign has sent, a campaign each time."""
        path = f"/api/campaigns/recurring/{int(recurring_id)}/childCampaigns"
        return self._paged("/api/campaigns/recurring/{id}/childCampaigns", path, states, sort)

    def get(self, campaign_id: int) -> Campaign:
        """NotThere if there is none."""
        answer = self._get("/api/campaigns/{id}", path=f"/api/campaigns/{int(campaign_id)}")
        return one(answer, "campaign", lambda body: Campaign.parse(body.get("campaign", body)))

    def metrics(
        self, campaign_ids: Sequence[int], *, start: datetime | None = None, end: datetime | None = None
    ) -> list[dict[str, str]]:
        """A row for each campaign, by Iterable's own names of columns; at most 400 campaigns."""
        if not 1 <= len(campaign_ids) <= MOST_MEASURED:
            raise ValueError(f"metrics are asked for 1 to {MOST_MEASURED} campaigns at a time")
        times = given(
            startDateTime=sent_time(start) if start else None,
            endDateTime=sent_time(end) if end else None,
        )
        answer = self._get("/api/campaigns/metrics", query={"campaignId": list(campaign_ids)} | times)
        return list(csv.DictReader(answer.text.splitlines()))

    def _paged(self, endpoint: str, path: str, states: Sequence[str], sort: str) -> Iterator[Campaign]:
        # Without paging Iterable answers in an older way, which differs by project.
        query = {"pageSize": LARGEST_PAGE, "sort": sort} | given(campaignState=list(states) or None)
        return all_pages(partial(self._page, endpoint, path, query), "campaigns", "totalCampaignsCount", Campaign.parse)

    def _page(self, endpoint: str, path: str, query: dict[str, Any], number: int) -> Answer:
        return self._get(endpoint, path=path, query=query | {"page": number})
