from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from contacts.sync.models import SyncRun
from iterable_admin.inbox.models import Source
from tests.factories import SyncRunFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/sync-runs/"


def test_a_run_is_accepted_and_said_by_id(api: APIClient) -> None:
    answer = api.post(URL, {"limit": 10})
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": run.pk, "status": "running"})
    assert (run.trigger, run.limit, run.dry_run) == ("api", 10, False)


def test_a_second_one_is_refused_while_it_is_under_way(api: APIClient) -> None:
    api.post(URL)
    answer = api.post(URL)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("A run is under way since")
    assert SyncRun.objects.count() == 1


def test_a_limit_that_is_none_is_refused_by_name(api: APIClient) -> None:
    answer = api.post(URL, {"limit": 0})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["limit"])
    assert not SyncRun.objects.exists()


def test_runs_are_listed_newest_first_with_their_figures(api: APIClient) -> None:
    first, second = SyncRunFactory.create(read=1), SyncRunFactory.create(read=2)
    found = api.get(URL).json()["results"]
    assert [(run["id"], run["read"], run["state"]) for run in found] == [(second.pk, 2, "completed"), (first.pk, 1, "completed")]


@pytest.mark.parametrize(("scope", "get", "post"), [("read", 200, 403), ("syncs:write", 403, 202), ("events:write", 403, 403)])
def test_reading_and_starting_each_have_their_scope(api: APIClient, source: Source, scope: str, get: int, post: int) -> None:
    source.scopes = [scope]
    source.save()
    assert (api.get(URL).status_code, api.post(URL).status_code) == (get, post)


def test_without_a_token_nothing_is_told(db: None) -> None:
    assert APIClient().get(URL).status_code == 401
