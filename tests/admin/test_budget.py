"""The page of the API budget: what it says, to whom, and at what cost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iterable_admin.outbox.limits import pause_endpoint, reserve
from iterable_admin.outbox.models import RateBucket

pytestmark = pytest.mark.django_db

URL = "admin:outbox_ratebucket_changelist"
# The session, the user and two for the permissions; then the buckets and their hours.
QUERIES = 6


@pytest.fixture(autouse=True)
def a_key(settings: Any) -> None:
    settings.ITERABLE_API_KEY = "0123456789abcdef0123456789abcdef"
    settings.ITERABLE_RATE_LIMIT_SCALE = 1


def words(client: Client) -> str:
    response = client.get(reverse(URL))
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_it_says_what_is_allowed_used_and_left(technical: Client) -> None:
    reserve("/api/users/forget")
    reserve("/api/export/start")
    page = words(technical)
    left = r"(?:↻ next call soon|✓ free) 2.40, 144, 800 [01], [01], 1 [01](?:, the next at [\d-]+ [\d:]+ UTC)? ?, 799 of the day"
    assert len(re.findall(f"/api/users/forget for each project {left}", page)) == 1
    assert "/api/export/start for each organization" in page
    assert "/api/users/updateEmail for each project, assumed 40, 2,400, no cap" in page


def test_a_pause_is_told_in_a_word_with_its_end_and_the_429(technical: Client) -> None:
    pause_endpoint("/api/users/bulkUpdate", 90)
    told = r"/api/users/bulkUpdate for each project ‖ paused 4, 240, no cap 0, 0, 0 0, the next at( [\d-]+ [\d:]+ UTC){3}"
    assert len(re.findall(told, words(technical))) == 1


def test_another_projects_calls_are_not_shown(technical: Client, settings: Any) -> None:
    reserve("/api/users/bulkUpdate")
    settings.ITERABLE_API_KEY = "another-key-of-another-project-00"
    assert "Nothing was called yet." in words(technical)


def test_it_costs_the_same_whatever_was_called(technical: Client) -> None:
    counts = []
    for endpoint in ("/api/users/bulkUpdate", "/api/users/forget", "/api/lists"):
        reserve(endpoint)
        with CaptureQueriesContext(connection) as asked:
            words(technical)
        counts.append(len(asked))
    assert counts == [QUERIES] * 3
    assert RateBucket.objects.count() == 3


def test_only_the_technical_owner_sees_it_and_the_dashboard_leads_there(
    technical: Client, business: Client, campaigns: Client
) -> None:
    assert [client.get(reverse(URL)).status_code for client in (technical, business, campaigns)] == [200, 403, 403]
    link = f'<a href="{reverse(URL)}">the API budget'
    pages = [client.get(reverse("admin:index")).content.decode() for client in (technical, business)]
    assert [link in page for page in pages] == [True, False]
