from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from iterable_admin.demo.people import people_known_to_iterable, write_warehouse
from tests.story.conftest import KEY, Stage, until

pytestmark = pytest.mark.story

MAKE_OPERATOR = """
from django.contrib.auth.models import Group, User
User.objects.create_user("operator", password="a-password-for-the-story", is_staff=True).groups.add(
    Group.objects.get(name="Technical owner"))
"""


def write(stage: Stage, people: int, known: int) -> None:
    path = Path(stage.environment["WAREHOUSE_URL"].removeprefix("duckdb:///"))
    write_warehouse(path, datetime.now(UTC).date(), people=people)
    body = {"users": [{"email": email, "dataFields": {}} for email in people_known_to_iterable(path, known)]}
    requests.post(f"{stage.iterable}/api/users/bulkUpdate", json=body, headers=KEY, timeout=30).raise_for_status()


class Browser:
    """A logged-in operator, as far as forms go: what is on the page is posted back."""

    def __init__(self, stage: Stage) -> None:
        stage.manage("shell", "-c", MAKE_OPERATOR)
        self.url, self.session = stage.url, requests.Session()
        self.submit("/admin/login/", username="operator", password="a-password-for-the-story")

    def read(self, path: str) -> str:
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.text

    def submit(self, path: str, **answers: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.read(path))
        assert token
        data = {"csrfmiddlewaretoken": token[1], **answers}
        answer = self.session.post(self.url + path, data=data, headers={"Referer": self.url + path}, timeout=30)
        answer.raise_for_status()
        return answer.text


def test_a_run_failed_by_a_missing_source_goes_green_by_its_button(stage: Stage) -> None:
    stage.start_sync_worker()
    failed = stage.ended(stage.start_sync())
    assert failed["state"] == "failed"
    assert "warehouse.duckdb" in failed["error"]
    write(stage, people=60, known=50)
    browser = Browser(stage)
    page = browser.read(f"/admin/sync/syncrun/{failed['id']}/change/")
    button = re.search(r'href="([^"]*run-again/)"', page)
    assert button
    assert f"Started run {failed['id'] + 1}" in browser.submit(button[1], reason="The file is there now")
    again = stage.ended(failed["id"] + 1)
    assert (again["state"], again["trigger"], again["failed"]) == ("completed", "operator", 0)
    assert again["delivered"] > 0
    assert stage.run(failed["id"])["state"] == "failed"


def begun_again(stage: Stage) -> int:
    """409 as long as the dead one is taken for alive."""
    headers = {"Authorization": f"Bearer {stage.token}"}
    answer = requests.post(f"{stage.url}/api/v1/sync-runs/", json={}, headers=headers, timeout=30)
    return int(answer.json()["id"]) if answer.status_code == 202 else 0


def test_a_killed_run_is_closed_and_the_next_one_repairs_what_is_left(stage: Stage) -> None:
    write(stage, people=5_000, known=4_200)
    stage.start_sync_worker()
    killed = stage.start_sync()
    until(lambda: stage.run(killed)["read"] > 0, what="the first batch")
    stage.kill_all_of("sync")
    assert (state := stage.run(killed))["state"] == "running"
    assert state["read"] < 3_000
    stage.start_sync_worker()
    repaired = stage.ended(until(lambda: begun_again(stage), what="a new run"), 100)
    assert stage.run(killed)["state"] == "failed"
    assert "ended or fell silent" in stage.run(killed)["error"]
    assert (repaired["state"], repaired["failed"]) == ("completed", 0)
    assert repaired["read"] == repaired["unchanged"] + repaired["skipped"] + repaired["delivered"]
    last = stage.ended(stage.start_sync(), 100)
    assert (last["enqueued"], last["failed"]) == (0, 0)
    assert last["unchanged"] > 2_000
