from __future__ import annotations

import threading

import pytest

from iterable_admin.sandbox import running_sandbox
from tests.sandbox.caller import Caller

ANN = "ann@example.com"


@pytest.mark.parametrize("path", ["/api/nonsense", "/api/users/update", "/nonsense", "/api/users//"])
def test_an_unknown_route_is_404_in_the_envelope(sandbox: Caller, path: str) -> None:
    status, body = sandbox.get(path) if path != "/api/users/update" else sandbox.call("PUT", path)
    assert (status, body["code"], body["params"]) == (404, "NotFound", None)


def test_a_method_that_no_route_has_is_404_too(sandbox: Caller) -> None:
    assert sandbox.call("OPTIONS", "/api/users/update")[1]["code"] == "NotFound"


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/api/channels", 200), ("/api/nonsense", 404)])
def test_head_is_get_without_its_body(sandbox: Caller, path: str, status: int) -> None:
    assert sandbox.send("HEAD", path) == (status, "")
    assert sandbox.get("/api/channels")[0] == 200


def test_a_body_that_is_no_json_is_refused(sandbox: Caller) -> None:
    status, body = sandbox.call("POST", "/api/users/update", b"{no json")
    assert (status, body["code"], body["msg"]) == (400, "BadJsonBody", "[/api/users/update] Invalid JSON body")


def test_a_body_over_four_million_bytes_is_refused(sandbox: Caller) -> None:
    head = b'{"email":"ann@example.com","dataFields":{"a":"'
    fits = head + b"x" * (4_000_000 - len(head) - 3) + b'"}}'
    assert sandbox.send("POST", "/api/users/update", fits + b" ")[0] == 413
    assert sandbox.fields(ANN) is None
    assert sandbox.send("POST", "/api/users/update", fits)[0] == 200


def test_a_strict_sandbox_refuses_another_key_as_recorded() -> None:
    with running_sandbox(api_key="right-key-0001") as running:
        with Caller(running.url, "wrong-key-0002") as caller:
            status, body = caller.get("/api/channels")
            params = {
                "ip": "127.0.0.1",
                "endpoint": "/api/channels",
                "apiKeyIdentifier": "wrong-ke",
                "apiKeyType": "Server",
            }
            assert (status, body["code"], body["params"]) == (401, "BadApiKey", params)
        with Caller(running.url, "right-key-0001") as caller:
            assert caller.get("/api/channels")[0] == 200


def test_a_call_without_any_key_is_refused() -> None:
    with running_sandbox() as running, Caller(running.url, "") as caller:
        assert caller.get("/api/channels")[1]["code"] == "BadApiKey"


def test_threads_writing_at_once_lose_nothing() -> None:
    def write(url: str, part: int) -> None:
        with Caller(url) as caller:
            for number in range(20):
                caller.make(f"u{part}-{number}@example.com", a=number)

    with running_sandbox() as running:
        threads = [threading.Thread(target=write, args=(running.url, part)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(running.state.people.everybody) == 80


def test_a_stopped_sandbox_answers_no_kept_connection() -> None:
    with running_sandbox() as running:
        caller = Caller(running.url)
        caller.make(ANN)
    with caller, pytest.raises(ConnectionError):
        caller.make(ANN)


def test_the_log_gives_the_latest_calls_first(sandbox: Caller) -> None:
    sandbox.make(ANN)
    sandbox.post("/api/users/bulkUpdate", {"users": [{"email": "Bob@example.com"}, {"email": ANN}]})
    sandbox.get("/api/channels")
    calls = sandbox.get("/sandbox/calls.json?email=ANN@example.com&limit=5")[1]["calls"]
    assert [call["path"] for call in calls] == ["/api/users/bulkUpdate", "/api/users/update"]
    assert calls[0]["emails"] == ["bob@example.com", ANN]


def test_the_page_shows_users_events_calls_and_faults_escaped(sandbox: Caller) -> None:
    sandbox.make(ANN, note="<script>alert(1)</script>")
    sandbox.post("/api/events/track", {"email": ANN, "eventName": "SaaS <b>Trials</b>"})
    sandbox.post("/api/users/updateSubscriptions", {"email": ANN, "unsubscribedChannelIds": [42]})
    status, page = sandbox.send("GET", "/")
    assert status == 200
    assert "<script>" not in page
    for shown in (ANN, "SaaS &lt;b&gt;Trials&lt;/b&gt;", "[42]", "fail_rate", "POST /api/users/update", "width=device-width"):
        assert shown in page
