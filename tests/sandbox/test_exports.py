from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from iterable_admin.sandbox import running_sandbox
from iterable_admin.sandbox.exports.jobs import FIRST_ID, MOST_RUNNING
from tests.sandbox.caller import Caller

ALL = "/api/export/data.json?range=All&dataTypeName="


def start(sandbox: Caller, **given: Any) -> int:
    status, answer = sandbox.post(
        "/api/export/start", {"dataTypeName": "user", "outputFormat": "application/x-json-stream", **given}
    )
    assert status == 200
    return int(answer["jobId"])


def look(sandbox: Caller, job: int, after: str = "") -> dict[str, Any]:
    return dict(sandbox.get(f"/api/export/{job}/files?startAfter={after}")[1])


def states(sandbox: Caller) -> list[str]:
    return [job["jobState"] for job in sandbox.get("/api/export/jobs")[1]["jobs"]]


def download(sandbox: Caller, answer: dict[str, Any]) -> str:
    urls = [urlsplit(file["url"]) for file in answer["files"]]
    assert {f"{url.scheme}://{url.netloc}" for url in urls} <= {sandbox.url}
    return "".join(sandbox.send("GET", f"{url.path}?{url.query}")[1] for url in urls)


def lines(sandbox: Caller, path: str) -> list[dict[str, Any]]:
    status, text = sandbox.send("GET", path)
    assert status == 200
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def slow_jobs() -> Iterator[Caller]:
    with running_sandbox(export_seconds=60, clock="frozen") as running, Caller(running.url) as caller:
        yield caller


@pytest.fixture
def small_files() -> Iterator[Caller]:
    with running_sandbox(export_file_bytes=1, export_states="described") as running, Caller(running.url) as caller:
        yield caller


def test_a_job_runs_and_gives_files_to_download(sandbox: Caller) -> None:
    sandbox.make("ann@example.com", plan="gold")
    sandbox.make("bob@example.com", plan="free")
    done = look(sandbox, start(sandbox))
    assert (done["jobState"], done["exportTruncated"]) == ("completed", False)
    people = [json.loads(line) for line in download(sandbox, done).splitlines()]
    assert [(p["email"], p["plan"]) for p in people] == [("ann@example.com", "gold"), ("bob@example.com", "free")]


def test_csv_has_chosen_columns_and_its_own_delimiter(sandbox: Caller) -> None:
    sandbox.make("ann@example.com", tags=["a", "b"], paid=True, secret="x")
    job = start(sandbox, outputFormat="text/csv", delimiter=";", onlyFields="email,tags,paid,secret", omitFields="secret")
    rows = list(csv.DictReader(download(sandbox, look(sandbox, job)).splitlines(), delimiter=";"))
    assert rows == [{"email": "ann@example.com", "tags": '["a","b"]', "paid": "true"}]


def test_files_are_paged_by_the_last_name(small_files: Caller) -> None:
    users = [{"email": f"p{n}@example.com"} for n in range(103)]
    small_files.post("/api/users/bulkUpdate", {"users": users})
    job = start(small_files)
    first = look(small_files, job)
    assert first["jobState"] == "Completed"
    second = look(small_files, job, first["files"][-1]["file"])
    names = [file["file"] for file in first["files"] + second["files"]]
    assert (len(first["files"]), len(second["files"])) == (100, 3)
    assert names == sorted(set(names))
    text = download(small_files, first) + download(small_files, second)
    assert [json.loads(line)["email"] for line in text.splitlines()] == [user["email"] for user in users]


def test_an_export_beyond_the_limit_is_truncated() -> None:
    with running_sandbox(export_bytes=10) as running, Caller(running.url) as caller:
        caller.make("ann@example.com")
        done = look(caller, start(caller))
        assert (done["jobState"], done["exportTruncated"], done["files"]) == ("completed", True, [])


def test_at_most_four_jobs_run_at_once(slow_jobs: Caller) -> None:
    started = [start(slow_jobs) for _ in range(6)]
    assert states(slow_jobs) == ["running"] * MOST_RUNNING + ["enqueued"] * 2
    slow_jobs.post("/sandbox/clock", {"advance": 60})
    assert states(slow_jobs) == ["completed"] * 4 + ["running"] * 2
    slow_jobs.post("/sandbox/clock", {"advance": 60})
    jobs = slow_jobs.get("/api/export/jobs?jobState=Completed")[1]["jobs"]
    assert [(job["id"], job["dataTypeName"], job["bytesExported"]) for job in jobs] == [(job, "user", 0) for job in started]


def test_callers_at_once_get_jobs_of_their_own(sandbox: Caller) -> None:
    def start_some(_: int) -> list[int]:
        with Caller(sandbox.url) as caller:
            return [start(caller) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        ids = [job for jobs in pool.map(start_some, range(4)) for job in jobs]
    assert sorted(ids) == list(range(FIRST_ID, FIRST_ID + 20))


def test_a_cancelled_job_never_gives_files(slow_jobs: Caller) -> None:
    slow_jobs.make("ann@example.com")
    job = start(slow_jobs)
    assert states(slow_jobs) == ["running"]
    assert slow_jobs.call("DELETE", f"/api/export/{job}")[1]["code"] == "Success"
    assert (look(slow_jobs, job)["jobState"], look(slow_jobs, job)["files"]) == ("cancelling", [])
    slow_jobs.post("/sandbox/clock", {"advance": 60})
    assert (look(slow_jobs, job)["jobState"], look(slow_jobs, job)["files"]) == ("failed", [])


def test_a_user_has_what_iterable_keeps_under_flat_names() -> None:
    with running_sandbox(clock="frozen") as running, Caller(running.url) as caller:
        caller.make("ann@sub.example.com")
        [ann] = lines(caller, ALL + "user")
    assert {name: value for name, value in ann.items() if name.startswith("itblInternal")} == {
        "itblInternal.documentCreatedAt": "2026-01-01 00:00:00 +00:00",
        "itblInternal.documentUpdatedAt": "2026-01-01 00:00:00 +00:00",
        "itblInternal.emailDomain": "sub.example.com",
    }


def test_the_range_takes_users_by_their_last_change(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    assert [p["email"] for p in lines(sandbox, ALL + "user")] == ["ann@example.com"]
    assert [p["email"] for p in lines(sandbox, ALL.replace("All", "Today") + "user")] == ["ann@example.com"]
    assert lines(sandbox, ALL.replace("All", "BeforeToday") + "user") == []
    since = "/api/export/data.json?dataTypeName=user&startDateTime=2020-01-01T00:00:00Z"
    assert [p["email"] for p in lines(sandbox, since)] == ["ann@example.com"]
    past = "/api/export/data.json?dataTypeName=user&startDateTime=2020-01-01%2000:00:00&endDateTime=2020-02-01%2000:00:00"
    assert lines(sandbox, past) == []


def test_custom_events_are_flat_and_in_order(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    for at in (1_700_000_060, 1_700_000_000):
        event = {"email": "ann@example.com", "eventName": "SaaS Trials", "createdAt": at, "dataFields": {"state": "OR"}}
        sandbox.post("/api/events/track", event | {"id": f"e-{at}", "campaignId": 5})
    found = lines(sandbox, ALL + "customEvent&campaignId=5")
    assert [(e["createdAt"], e["eventName"], e["state"], e["_type"]) for e in found] == [
        ("2023-11-14 22:13:20 +00:00", "SaaS Trials", "OR", "customEvent"),
        ("2023-11-14 22:14:20 +00:00", "SaaS Trials", "OR", "customEvent"),
    ]
    assert lines(sandbox, ALL + "customEvent&campaignId=6") == []
    assert lines(sandbox, ALL + "customEvent&onlyFields=id,state&onlyFields=email&omitFields=state")[0] == {
        "id": "e-1700000000",
        "email": "ann@example.com",
    }


def test_the_events_of_one_person_hold_custom_ones_on_request(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    sandbox.post("/api/events/track", {"email": "ann@example.com", "eventName": "SaaS Trials"})
    path = "/api/export/userEvents?email=Ann%40example.com"
    assert lines(sandbox, path) == []
    assert [e["eventName"] for e in lines(sandbox, path + "&includeCustomEvents=true")] == ["SaaS Trials"]
    assert lines(sandbox, "/api/export/userEvents?email=nobody%40example.com") == []


def test_names_of_types_are_taken_in_the_spellings_of_public_clients(sandbox: Caller) -> None:
    for name in ("emailUnSubscribe", "emailUnsubscribe", "unknownSession", "anonSession", "whatsAppUsageInfo"):
        assert lines(sandbox, ALL + name) == []


def test_csv_comes_at_once_too(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    status, text = sandbox.send("GET", "/api/export/data.csv?dataTypeName=user&range=All&onlyFields=email")
    assert (status, text) == (200, "email\nann@example.com\n")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"dataTypeName": "nonsense"}, "BadParams"),
        ({"dataTypeName": None}, "BadJsonBody"),
        ({"dataTypeName": 7}, "BadJsonBody"),
        ({"outputFormat": "xml"}, "BadParams"),
        ({"startDateTime": "yesterday"}, "BadParams"),
        ({"startDateTime": "2024-02-01 00:00:00", "endDateTime": "2024-01-01 00:00:00"}, "BadParams"),
        ({"campaignId": "5"}, "BadJsonBody"),
        ({"delimiter": ";;"}, "BadParams"),
    ],
)
def test_a_wrong_order_starts_nothing(sandbox: Caller, given: dict[str, Any], code: str) -> None:
    body = {"dataTypeName": "user", "outputFormat": "text/csv", **given}
    status, answer = sandbox.post("/api/export/start", body)
    assert (status, answer["code"]) == (400, code)
    assert sandbox.get("/api/export/jobs")[1] == {"jobs": []}


@pytest.mark.parametrize(
    "path",
    [
        "/api/export/data.json?dataTypeName=user",
        "/api/export/data.json?range=All",
        "/api/export/data.json?dataTypeName=user&range=Ever",
        "/api/export/data.csv?dataTypeName=user&range=All&delimiter=%22",
        "/api/export/userEvents",
        "/api/export/1/files",
        "/api/export/one/files",
        "/api/export/jobs?jobState=odd",
        "/sandbox/exports/1/file-1.json?expires=9999999999",
    ],
)
def test_a_wrong_question_is_refused(sandbox: Caller, path: str) -> None:
    assert sandbox.get(path)[0] == 400


def test_a_link_to_a_file_expires(sandbox: Caller) -> None:
    sandbox.make("ann@example.com")
    path = urlsplit(look(sandbox, start(sandbox))["files"][0]["url"]).path
    assert [sandbox.send("GET", path + query)[0] for query in ("?expires=1", "", "x?expires=99999999999")] == [403, 403, 404]
