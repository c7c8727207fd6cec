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
from django.utils import timezone

from iterable_admin.outbox.limits import give_turns_back, pause_endpoint, reserve
from iterable_admin.outbox.models import RateBucket, SendingSwitch

pytestmark = pytest.mark.django_db

URL = "admin:outbox_ratebucket_changelist"
# The session, the user and two for the permissions; then the buckets, their hours, and whether sending is halted.
QUERIES = 8


@pytest.fixture(autouse=True)
def a_key(settings: Any) -> None:
    settings.ITERABLE_API_KEY = "0123456789abcdef0123456789abcdef"
    settings.ITERABLE_RATE_LIMIT_SCALE = 1


def words(client: Client, page: str = URL) -> str:
    response = client.get(reverse(page))
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_it_says_what_is_used_and_left(technical: Client) -> None:
    reserve("/api/users/forget")
    reserve("/api/export/start")
    page = words(technical)
    left = r"(?:↻ next call soon at [\d-]+ [\d:]+ UTC 0|✓ free 1), 799 of the day [01] of 2 [01] of 120 1 of 800 -"
    assert len(re.findall(f"/api/users/forget one limit for the whole project {left}", page)) == 1
    assert "/api/export/start one limit for the whole organization" in page
    assert "/api/users/updateEmail one limit for the whole project, assumed 40 2,400 no cap" in page
    assert "We take 80 % of each limit." in page


def test_a_pause_is_told_in_a_word_with_its_end_and_the_429(technical: Client) -> None:
    pause_endpoint("/api/users/bulkUpdate", 90)
    moment = r"[\d-]+ [\d:]+ UTC"
    told = f"/api/users/bulkUpdate one limit for the whole project ‖ paused until {moment} 0 0 of 4 0 of 240 0, no cap just now"
    assert len(re.findall(told, words(technical))) == 1


def test_a_multiplied_limit_is_told(technical: Client, settings: Any) -> None:
    settings.ITERABLE_RATE_LIMIT_SCALE = 50
    assert "We take 80 % of each limit, times 50 by ITERABLE_RATE_LIMIT_SCALE." in words(technical)


def test_a_turn_that_was_given_back_is_no_call(technical: Client) -> None:
    reserve("/api/lists")
    give_turns_back("/api/lists", 1)
    assert "Nothing was called." in words(technical)


def test_a_halt_is_told_above_all(technical: Client) -> None:
    SendingSwitch.objects.create(pk=1, halted_at=timezone.now(), halted_because="401 BadApiKey")
    assert "! Sending is halted since" in words(technical)
    assert "! halted , switched to ✓ live" in words(technical, "admin:index")


def test_another_projects_calls_are_not_shown(technical: Client, settings: Any) -> None:
    reserve("/api/users/bulkUpdate")
    settings.ITERABLE_API_KEY = "another-key-of-another-project-00"
    assert "Nothing was called." in words(technical)


def test_it_costs_the_same_whatever_was_called(technical: Client) -> None:
    SendingSwitch.objects.create(pk=1)
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
