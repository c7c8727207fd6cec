"""The versions of a journey, on its page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from journeys.definition.lifecycle import WRITE
from journeys.definition.models import JourneyVersion
from journeys.definition.pages.page import drift_pill, state_pill
from journeys.models import Journey

MOST = 20


def versions_of(journey: Journey, user: User | AnonymousUser) -> dict[str, Any]:
    rows = list(journey.versions.select_related("author").order_by("-number")[:MOST])
    for row in rows:
        # The same row, with Iterable's last change: no further query for each.
        row.journey = journey
    open_one = any(row.state in JourneyVersion.OPEN for row in rows)
    return {
        "versions": [(row, state_pill(row), drift_pill(row)) for row in rows],
        "writes": user.has_perm(WRITE),
        "draft": next((row for row in rows if row.state == JourneyVersion.State.DRAFT), None),
        "approved": next((row for row in rows if row.state == JourneyVersion.State.APPROVED), None),
        "begins": not open_one,
        "infers": user.has_perm(WRITE) and not open_one and journey.workflow_id is not None,
    }
