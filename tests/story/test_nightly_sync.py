from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from iterable_admin.demo.people import change_plan_title, people_known_to_iterable, shuffle_namespaces, write_warehouse
from tests.story.conftest import KEY, Stage, until

pytestmark = pytest.mark.story

PEOPLE, KNOWN = 300, 220
WRITES = ("/api/users/", "/api/subscriptions", "/api/events/")


@pytest.fixture
def warehouse(stage: Stage) -> Path:
    """300 people in the warehouse, 220 of whom Iterable has already; a worker of the sync."""
    path = Path(stage.environment["WAREHOUSE_URL"].removeprefix("duckdb:///"))
    write_warehouse(path, datetime.now(UTC).date(), people=PEOPLE)
    fill(stage, people_known_to_iterable(path, KNOWN))
    stage.start_sync_worker()
    return path


def fill(stage: Stage, emails: list[str]) -> None:
    body = {"users": [{"email": email, "dataFields": {"signedUpBefore": True}} for email in emails]}
    requests.post(f"{stage.iterable}/api/users/bulkUpdate", json=body, headers=KEY, timeout=30).raise_for_status()


def expected(path: Path, known: set[str]) -> set[str]:
    """By the rules, in a query of its own: in the window, logged in, in a namespace, the only row of the mailbox, in Iterable."""
    table = "(SELECT *, lower(trim(email_address)) AS mailbox FROM pump_marketing_contact_namespace_detail)"
    wanted = f"""SELECT mailbox FROM {table}
        WHERE gitlab_dotcom_created_date >= (current_date - INTERVAL 2 MONTH)
        GROUP BY mailbox HAVING count(*) = 1 AND count(gitlab_dotcom_last_login_date) = 1
        AND max(json_array_length(namespaces_array)) > 0"""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {email for (email,) in connection.execute(wanted).fetchall()} & known


def named_in_writes(stage: Stage, since: int) -> list[str]:
    """Whom the calls after the first `since` would change, once for each row."""
    calls = [call for call in stage.calls()[since:] if call["method"] != "GET" and call["path"].startswith(WRITES)]
    return [email for call in calls for email in call["emails"]]


def holders(stage: Stage, emails: set[str]) -> set[str]:
    return {email for email in emails if stage.user(email).get("namespace_information")}


def test_only_what_changed_is_sent_and_to_nobody_new(stage: Stage, warehouse: Path) -> None:
    known = set(people_known_to_iterable(warehouse, KNOWN))
    wanted = expected(warehouse, known)
    first = stage.ended(stage.start_sync())
    assert (first["state"], first["delivered"], first["failed"]) == ("completed", len(wanted), 0)
    assert first["read"] == first["unchanged"] + first["skipped"] + first["delivered"]
    assert first["skipped_reasons"]["not_in_iterable"] > 0
    assert holders(stage, known) == wanted
    assert stage.ask("/sandbox/counts.json")["users"] == KNOWN

    calls = len(stage.calls())
    second = stage.ended(stage.start_sync())
    shuffle_namespaces(warehouse, seed=7)
    third = stage.ended(stage.start_sync())
    assert [(run["enqueued"], run["unchanged"]) for run in (second, third)] == [(0, len(wanted))] * 2
    # What is read is what the fields' types and the channels' ids are; nobody is asked about, nothing is written.
    assert {call["path"] for call in stage.calls()[calls:]} <= {"/api/users/getFields", "/api/channels", "/api/messageTypes"}

    change_plan_title(warehouse, "john.doe@example.com", "Changed by hand")
    fourth = stage.ended(stage.start_sync())
    assert (fourth["enqueued"], fourth["delivered"]) == (1, 1)
    assert named_in_writes(stage, calls) == ["john.doe@example.com"]
    titles = [held["GITLAB_PLAN_TITLE"] for held in stage.user("john.doe@example.com")["namespace_information"]]
    assert titles == ["Changed by hand"]


def test_who_withdrew_is_opted_out_before_the_sync_touches_them(stage: Stage, warehouse: Path) -> None:
    leaver, channel = "john.doe@example.com", stage.channel()
    body = {"email": leaver, "unsubscribed": True, "occurred_at": datetime.now(UTC).isoformat()}
    stage.post("webhooks/marketo/unsubscribe/", body)
    until(lambda: stage.user(leaver).get("unsubscribedChannelIds") == [channel], what="the first opt-out")
    resubscribe_in_iterable(stage, leaver)
    before = len(stage.calls(email=leaver))
    stage.faults(fail_next=[{"path": "/api/subscriptions", "status": 500, "times": 3}])
    assert stage.ended(stage.start_sync())["state"] == "completed"
    paths = [call["path"] for call in stage.calls(email=leaver)[before:] if call["status"] < 300 and call["method"] != "GET"]
    assert [path for path in paths if path.startswith("/api/subscriptions")]
    assert paths[-1].startswith("/api/users/")
    assert not any(path.startswith("/api/users/bulkUpdate") for path in paths[:-1])
    assert stage.user(leaver)["unsubscribedChannelIds"] == [channel]


def resubscribe_in_iterable(stage: Stage, email: str) -> None:
    """Behind our back, as somebody with access to Iterable might."""
    body: dict[str, Any] = {"email": email, "unsubscribedChannelIds": [], "unsubscribedMessageTypeIds": []}
    answer = requests.post(f"{stage.iterable}/api/users/updateSubscriptions", json=body, headers=KEY, timeout=5)
    answer.raise_for_status()
    until(lambda: not stage.user(email).get("unsubscribedChannelIds"), what="the resubscription")
